import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { CancelledError, InputError, reasonOf } from '../core/errors.ts';
import { oneLine } from '../core/printable.ts';
import type { Settings } from '../settings/settings.ts';
import type { FoundConfig } from './configFile.ts';
import { reachOf } from './destinations.ts';
import { note, tell } from './output.ts';
import type { TrustStore } from './trustStore.ts';

/** How to settle whether a file is trusted. */
export interface TrustOptions {
	/** The user trusts the folder's file in advance (--trust-config). */
	readonly isGiven: boolean;
	readonly store: TrustStore;
	/** Asks the person at the terminal; undefined without one. @throws CancelledError */
	readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * Checks that a configuration may be used. A file that merely lies in the folder may be a stranger's, and it decides
 * where texts and keys go, so the user has to confirm it once for each content.
 * @throws InputError when it is not trusted; CancelledError
 */
export async function requireTrust(file: FoundConfig, settings: Settings, options: TrustOptions): Promise<void> {
	if (file.origin !== 'folder' || options.isGiven) return;
	const entry = { path: realpathSync(file.path), hash: createHash('sha256').update(file.text).digest('hex') };
	if (options.store.has(entry)) return;
	const reach = reachOf(settings);
	if (!options.ask) throw notTrusted(file, reach);
	tell(`${oneLine(file.path)} lies in this folder and is not confirmed yet. With it, rlm connects to`);
	for (const line of reach) note(`     ${line}`);
	if (!(await options.ask('Use this configuration from now on, until it changes?'))) throw notTrusted(file, reach);
	await options.store.add(entry).catch((error: unknown) => {
		tell(`cannot remember this choice: ${reasonOf(error)}`);
	});
}

function notTrusted({ path }: FoundConfig, reach: readonly string[]): InputError {
	return new InputError(
		`${oneLine(path)} lies in this folder and is not trusted. With it, rlm would connect to\n${reach.map((line) => `     ${line}`).join('\n')}`,
		'Read it. Then confirm it in a terminal, pass --trust-config, or name another file with --config.',
	);
}

/** Returns a question on the terminal; undefined without a terminal. */
export function terminalQuestion(
	input: NodeJS.ReadStream,
	output: NodeJS.WriteStream,
	signal: AbortSignal,
): TrustOptions['ask'] {
	if (!input.isTTY || !output.isTTY) return undefined;
	return async (question) => {
		const lines = createInterface({ input, output });
		try {
			return /^\s*y(es)?\s*$/i.test(await lines.question(`     ${question} [y/N] `, { signal }));
		} catch {
			throw new CancelledError();
		} finally {
			lines.close();
		}
	};
}
