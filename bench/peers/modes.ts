// The peers as modes of an evaluation.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { CorpusView } from '../../src/context/corpusView.ts';
import { onAbort } from '../../src/core/abort.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { TextContext } from '../../src/core/ports/context.ts';
import type { RunResult } from '../../src/core/request.ts';
import type { Asked, Mode } from '../../src/eval/modes/modes.ts';
import { type Counted, startCountingProxy } from './countingProxy.ts';

const SCRIPT = `${import.meta.dirname}/ask.py`;

/** Where the peers run and whom they ask. */
export interface PeerSetup {
	readonly python: string;
	/** Address of an OpenAI-compatible server. */
	readonly server: string;
	readonly model: string;
}

export const PEERS = ['official', 'dspy'];

/** A mode that asks a peer in a process of its own, which is killed at the time limit of the task. */
export function peerMode(peer: string, setup: PeerSetup): Mode {
	return {
		about: `the package of the peer "${peer}"`,
		start: (asked, _engine, signal) => {
			const runId = randomUUID().slice(0, 8);
			const cancel = new AbortController();
			const ended = askPeer(peer, setup, asked, AbortSignal.any([signal, cancel.signal])).then((end) =>
				resultOf(runId, end),
			);
			return {
				runId,
				events: failures(runId, ended),
				result: ended.then(({ result }) => result),
				journal: undefined,
				answerNow: () => cancel.abort(),
				cancel: () => cancel.abort(),
			};
		},
	};
}

interface PeerEnd {
	readonly counted: Readonly<Counted>;
	readonly durationMs: number;
	readonly answer?: string;
	readonly error?: string;
	readonly stopped?: 'duration' | 'cancelled';
}

async function askPeer(peer: string, setup: PeerSetup, asked: Asked, signal: AbortSignal): Promise<PeerEnd> {
	const proxy = await startCountingProxy(setup.server);
	const startedAt = Date.now();
	const time = AbortSignal.timeout(asked.limits.durationMs);
	// A process group, because dspy starts Deno.
	const child = spawn(setup.python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
	const stop = onAbort(AbortSignal.any([signal, time]), () => {
		if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
	});
	try {
		child.stdin.on('error', () => {}); // a process that was killed reads no more
		child.stdin.end(
			JSON.stringify({
				peer,
				question: asked.question,
				context: contextOf(asked.context),
				url: proxy.url,
				model: setup.model,
				seconds: asked.limits.durationMs / 1000,
			}),
		);
		const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
		const stopped = signal.aborted ? 'cancelled' : time.aborted ? 'duration' : undefined;
		const end = stopped === undefined ? lastLine(output, complaints) : { stopped };
		// Loading packages is not counted: a program that uses a peer does it once.
		const durationMs = 'seconds' in end ? end.seconds * 1000 : Date.now() - startedAt;
		return { ...end, counted: proxy.counted, durationMs } as PeerEnd;
	} finally {
		stop();
		await proxy.close();
	}
}

function lastLine(output: string, complaints: string): { answer?: string; error?: string; seconds: number } {
	try {
		return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
	} catch {
		return { error: `the peer ended without an answer: ${complaints.trim().split('\n').at(-1) ?? ''}`, seconds: 0 };
	}
}

/** A text as it is, files as a mapping of path to text: what the peers take. */
function contextOf(context: TextContext): string | Record<string, string> {
	const view = new CorpusView(context);
	const [first] = context.files;
	if (context.kind === 'text' && first) return view.fileText(first);
	return Object.fromEntries(context.files.map((file) => [file.path, view.fileText(file)]));
}

function resultOf(runId: string, end: PeerEnd): { readonly result: RunResult; readonly isUnreachable: boolean } {
	const { counted, durationMs, answer = '', error, stopped } = end;
	const { promptTokens, completionTokens, inProgress, isPartial, isUnreachable } = counted;
	const calls = counted.calls + inProgress;
	const usage = { promptTokens, completionTokens, isEstimate: isPartial || inProgress > 0 };
	// What the calls cost is not asked for: an own server has no price.
	const totals = { usage, costUsd: 0, unpricedCalls: calls, calls };
	const common = { runId, answer, citations: [], iterations: calls, totals, durationMs };
	const result = (): RunResult => {
		if (stopped === 'cancelled') return { ...common, outcome: 'cancelled' };
		if (stopped === 'duration') return { ...common, outcome: 'partial', reason: 'duration' };
		if (error === undefined) return { ...common, outcome: 'answered' };
		return { ...common, outcome: 'failed', error: { code: 'peer', message: error, actions: [] } };
	};
	return { result: result(), isUnreachable };
}

/** Tells an evaluation when a peer failed because nobody was there to ask. */
async function* failures(runId: string, ended: Promise<{ readonly isUnreachable: boolean }>): AsyncGenerator<RunEvent> {
	const { isUnreachable } = await ended;
	if (!isUnreachable) return;
	yield {
		type: 'attempt-failed',
		seq: 0,
		at: Date.now(),
		runId,
		nodeId: runId,
		server: 'server',
		category: 'connect',
		message: 'the server cannot be reached',
		restartsReply: false,
		next: { kind: 'give-up' },
	};
}
