import { processScript, vaultFolder, workerScript } from '../../src/assets.ts';
import { textContext } from '../../src/context/corpus.ts';
import type { Limits, RunEvent } from '../../src/core/events.ts';
import type { RunResult } from '../../src/core/request.ts';
import { createEngine, type Engine, type EngineRequest, type EngineRun } from '../../src/engine.ts';
import { parseSettings } from '../../src/settings/settings.ts';

import { block } from './blocks.ts';
import { type ScriptedServer, startScriptedServer } from './scriptedServer.ts';

export { block, isRootCall, turnOf } from './blocks.ts';

/** An engine over scripted servers, with watchdogs short enough for tests. */
export function engineOver(servers: readonly object[], extra: object = {}): Engine {
	return createEngine({
		settings: parseSettings({ servers, mode: 'explore', ...extra }, 'test'),
		apiKey: async () => 'test-key',
		vaultFolder,
		workerScript,
		processScript,
	});
}

/** A model that answers each request with the next reply of a list. */
export function startModelThatSays(replies: readonly string[]): Promise<ScriptedServer> {
	const left = [...replies];
	return startScriptedServer({
		kind: 'openai',
		script: () => ({ text: left.shift() ?? block('FINAL("nothing more to say")') }),
	});
}

/** A run with its events collected. */
export interface ObservedRun {
	readonly handle: EngineRun;
	readonly events: RunEvent[];
	/** Resolves when the run has ended and every event has been read. */
	readonly ended: Promise<RunResult>;
	/** Resolves at the first event that fits. */
	until(fits: (event: RunEvent) => boolean): Promise<RunEvent>;
}

/** Starts a run over a short text and collects its events. */
export async function observe(
	engine: Engine,
	request: Partial<EngineRequest> & { limits?: Partial<Limits> } = {},
	signal: AbortSignal = new AbortController().signal,
): Promise<ObservedRun> {
	const context = await textContext({ label: 'text', path: 'notes.txt', text: 'alpha\nbeta\ngamma\n' });
	const handle = engine.start({ query: 'What is there?', contexts: [context], ...request }, signal);
	const events: RunEvent[] = [];
	const waiters: { fits: (event: RunEvent) => boolean; resolve: (event: RunEvent) => void }[] = [];
	const read = (async () => {
		for await (const event of handle.events) {
			events.push(event);
			for (const waiter of waiters) if (waiter.fits(event)) waiter.resolve(event);
		}
	})();
	return {
		handle,
		events,
		ended: read.then(() => handle.result),
		until: (fits) =>
			new Promise((resolve) => {
				const seen = events.find(fits);
				if (seen) resolve(seen);
				else waiters.push({ fits, resolve });
			}),
	};
}

/** Events of one type. */
export function ofType<T extends RunEvent['type']>(
	events: readonly RunEvent[],
	type: T,
): Extract<RunEvent, { type: T }>[] {
	return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}
