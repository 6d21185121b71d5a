// The process that is attacked: runs attempts of its parent, one at a time, and tells what became of each. When it dies
// or hangs, that is the parent's to see.
import { randomUUID } from 'node:crypto';
import type { EscapeAttempt } from '../support/escapeFile.ts';
import { type EscapeOutcome, EscapeRunner } from '../support/escapes.ts';
import { openTarget, type TargetName } from './targets.ts';

const LIMITS = { timeoutMs: 1000, memoryBytes: 256 << 20 };

/** What the parent sends: an attempt, or `end`. */
export type HostRequest = { readonly attempt: EscapeAttempt; readonly withoutGuide: boolean } | 'end';

/** What it gets for each: `left` is how many interpreters are there after the end. */
export type HostAnswer = { readonly outcome: EscapeOutcome } | { readonly left: number };

const target = await openTarget(process.argv[2] as TargetName, { RLM_CANARY: `canary-${randomUUID()}` });
const runner = new EscapeRunner(target);

async function attack({ attempt, withoutGuide }: Exclude<HostRequest, 'end'>): Promise<HostAnswer> {
	try {
		return { outcome: await runner.run(attempt, { ...LIMITS, withoutGuide }) };
	} catch (error) {
		// A sandbox that cannot go on afterwards counts as harm done.
		return { outcome: { id: attempt.id, isBlocked: false, ending: 'failed', problem: String(error) } };
	}
}

async function end(): Promise<HostAnswer> {
	await runner.dispose();
	return { left: await target.dispose() };
}

process.on('message', async (request: HostRequest) => {
	process.send?.(await (request === 'end' ? end() : attack(request)));
	if (request === 'end') process.disconnect();
});
