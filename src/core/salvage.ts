import { textsOf } from './acceptance.ts';
import { LimitReached } from './budget.ts';
import { CancelledError, explain, ModelError, NoServerError, RlmError, SandboxError } from './errors.ts';
import type { EventError, LimitName, RunOutcome } from './events.ts';
import { type Assessment, assess } from './evidence/assess.ts';
import { unfitAnswer } from './finalAnswer.ts';
import { iterate } from './iteration.ts';
import type { FinalAnswer, Sandbox } from './ports/sandbox.ts';
import { present } from './present.ts';
import { salvageMessage } from './prompt/messages.ts';
import type { RunResult } from './request.ts';
import { head, type RunPlace, type RunState, type Shared } from './runState.ts';
import { statedAnswer } from './steps/program.ts';
import { NO_TOTALS } from './totals.ts';

/** How the loop ended. */
export interface Ending {
	readonly outcome: RunOutcome;
	readonly reason?: LimitName | 'answer-now';
	readonly final?: FinalAnswer;
	/** What is known of the answer, where it has been checked already. */
	readonly assessment?: Assessment;
	/** Error of a failed run. */
	readonly error?: unknown;
}

const REASONS: Readonly<Record<LimitName | 'answer-now', string>> = {
	iterations: 'there are no iterations left',
	calls: 'the budget of sub-calls is used up',
	tokens: 'the budget of tokens is used up',
	cost: 'the budget of money is used up',
	duration: 'the time is up',
	errors: 'too many cells in a row have failed',
	emptyReplies: 'several replies in a row held neither new code nor an answer',
	'answer-now': 'the user wants the answer now',
};

/** The longest variable taken as an answer, characters. */
const MAX_ANSWER_CHARACTERS = 100_000;
/** Variables examined before the run ends without an answer. */
const MAX_CANDIDATES = 20;
/** `LLMReply` is the text returned by a sub-call. */
const TEXT_TYPES = new Set(['str', 'LLMReply']);
const ANSWER_NAMES = /answer|final|result|summary|report|conclusion/i;

/**
 * Ends a run early with the best answer available: the answer so far, else one forced last iteration from the reserved
 * budget, else the best variable. Never throws for a limit.
 */
export async function salvage(state: RunState, reason: LimitName | 'answer-now'): Promise<Ending> {
	state.calls.refuseAll();
	const force = () => (state.progress.mode === 'guided' ? forcedStatement(state) : forcedAnswer(state, reason));
	const final =
		answerSoFar(state) ??
		(await force()) ??
		state.progress.refused ??
		(await bestVariable(state)) ??
		missingAnswer(state, REASONS[reason]);
	return present({ outcome: 'partial', reason, final });
}

function answerSoFar(state: RunState): FinalAnswer | undefined {
	const text = state.progress.last?.answerSoFar;
	return text === undefined || !isFit(state, text) ? undefined : { text };
}

/** Whether a text can be an answer: it holds something, and something that the model was not told by us. */
function isFit(state: RunState, text: string): boolean {
	return unfitAnswer(text, false, textsOf(state)) === undefined;
}

/** For a walk of short calls: the answer that the newest evidence gives, from one more of them. */
async function forcedStatement(state: RunState): Promise<FinalAnswer | undefined> {
	const evidence = state.progress.evidence.at(-1);
	if (evidence === undefined) return undefined;
	return unlessLimited(state, () => statedAnswer(state, evidence, true));
}

/** What a walk says that has found no answer: where it stands. */
function missingAnswer({ progress }: RunState, why: string): FinalAnswer | undefined {
	if (progress.mode !== 'guided') return undefined;
	const seen = progress.evidence.at(-1);
	const last =
		seen === undefined
			? 'Nothing of the context was found by then.'
			: `The last that was found:\n${seen.slice(0, 500)}`;
	return { text: `There is no answer yet, because ${why}. ${last}` };
}

async function forcedAnswer(state: RunState, reason: LimitName | 'answer-now'): Promise<FinalAnswer | undefined> {
	state.transcript.add('user', salvageMessage(REASONS[reason]));
	return unlessLimited(state, async () => {
		const { final, parsed } = await iterate(state, { index: state.progress.iterations + 1, isSalvage: true });
		if (final) return final;
		const text = parsed.kept.trim();
		const isPlain = parsed.blocks.length === 0 && parsed.final === undefined;
		return isPlain && isFit(state, text) ? { text } : undefined;
	});
}

async function unlessLimited<T>(state: RunState, ask: () => Promise<T>): Promise<T | undefined> {
	try {
		return await ask();
	} catch (error) {
		if (state.signal.aborted || !isExpected(error)) throw error;
		return undefined;
	}
}

/** The forced iteration may fail for the reason that ended the run. Then only the variables are left. */
function isExpected(error: unknown): boolean {
	return [LimitReached, ModelError, NoServerError, SandboxError, CancelledError].some((kind) => error instanceof kind);
}

/** The newest variable whose name suggests an answer, else the newest text. */
async function bestVariable(state: RunState): Promise<FinalAnswer | undefined> {
	const newest = [...state.progress.changed.values()].reverse();
	const named = newest.filter(({ name }) => ANSWER_NAMES.test(name));
	const texts = newest.filter(({ name, type }) => TEXT_TYPES.has(type) && !ANSWER_NAMES.test(name));
	const candidates = [...named, ...texts].slice(0, MAX_CANDIDATES);
	if (candidates.length === 0) return undefined;
	const sandbox: Sandbox | undefined = await state.sandbox().catch(() => undefined);
	for (const { name } of candidates) {
		const text = await sandbox?.variableText(name, MAX_ANSWER_CHARACTERS, state.signal).catch(() => undefined);
		if (text !== undefined && isFit(state, text)) return { text };
	}
	return undefined;
}

/** What a cancelled or failed run has to show. A cancelled run is not delayed for it. */
async function bestOfInterrupted({ outcome }: Ending, state: RunState): Promise<FinalAnswer | undefined> {
	if (outcome === 'cancelled') return answerSoFar(state);
	return outcome === 'failed' ? (answerSoFar(state) ?? bestVariable(state)) : undefined;
}

/** The last event of a run and its result. */
export async function endingOf(
	ending: Ending,
	state: RunState | undefined,
	shared: Shared,
	place: RunPlace,
	startedAt: number,
): Promise<RunResult> {
	const final = ending.final ?? (state && (await bestOfInterrupted(ending, state)));
	const answer = final?.text ?? '';
	const error = ending.error === undefined ? undefined : asEventError(ending.error);
	const memory = await memoryOf(state);
	const facts = present({
		outcome: ending.outcome,
		reason: ending.reason,
		answer,
		answerJson: final?.json === undefined ? undefined : final.json,
		...(ending.assessment ??
			(await assess(answer, state, {
				isProse: final?.json === undefined || final.json.startsWith('"'),
				outcome: ending.outcome,
			}))),
		iterations: state?.progress.iterations ?? 0,
		mode: state?.progress.mode,
		totals: state?.spending.totals ?? NO_TOTALS,
		durationMs: shared.deps.now() - startedAt,
		error,
	});
	shared.emitter.emit({ type: 'run-end', ...head(place), ...facts });
	return present({ runId: place.runId, ...facts, memory });
}

/** The session's memory. Only an answered root run passes it on. */
async function memoryOf(state: RunState | undefined): Promise<string | undefined> {
	if (!state || state.request.memory === undefined || state.signal.aborted || state.progress.cells === 0)
		return undefined;
	const sandbox = await state.sandbox().catch(() => undefined);
	return sandbox?.memory(state.signal).catch(() => undefined);
}

export function asEventError(error: unknown): EventError {
	return { code: error instanceof RlmError ? error.code : 'internal', ...explain(error) };
}
