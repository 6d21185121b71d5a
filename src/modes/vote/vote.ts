import { throwIfCancelled } from '../../core/errors.ts';
import type { Assessment } from '../../core/evidence/assess.ts';
import { VOTERS } from '../../core/modes.ts';
import { present } from '../../core/present.ts';
import { sizeOf } from '../../core/prompt/profiles.ts';
import type { RunRequest, RunResult } from '../../core/request.ts';
import { payerOf, type RunPlace, type RunState } from '../../core/runState.ts';
import type { Ending } from '../../core/salvage.ts';
import { tell } from '../../core/steps/step.ts';
import { type Choice, choose, groups, type Vote } from './ballot.ts';

/**
 * Several runs answer the question side by side, each in a REPL of its own, warmer than the one before it and with
 * another model where there is one. The answer on which most agree is taken, and the rest are stopped as soon as a
 * majority does. Undefined when none of them gave an answer.
 */
export async function vote(state: RunState): Promise<Ending | undefined> {
	const { query } = state.request;
	const count = votersOf(state);
	const majority = Math.floor(count / 2) + 1;
	const decided = new AbortController();
	const signal = AbortSignal.any([state.signal, decided.signal]);
	const votes: Vote[] = [];
	const results = await Promise.all(
		Array.from({ length: count }, async (_, index) => {
			const result = await runVoter(state, index, signal);
			if (result.outcome === 'answered') votes.push({ voter: index + 1, result });
			if (groups(query, votes).some((group) => group.length >= majority)) decided.abort();
			return result;
		}),
	);
	throwIfCancelled(state.signal);
	const whole = choose(query, votes);
	const choice = whole ?? choose(query, results.flatMap(partialVote));
	if (!choice) return undefined;
	tell(state, outcome(choice, whole ? votes : results.flatMap(partialVote), results));
	return endingOf(choice.chosen.result);
}

/** As many as are wanted, but for those that would have to wait for places that others could use. */
function votersOf({ request, shared }: RunState): number {
	const wanted = Math.min(VOTERS.most, Math.max(VOTERS.least, request.voters ?? VOTERS.usual));
	return Math.max(VOTERS.least, Math.min(wanted, shared.deps.models.idlePlaces('root')));
}

async function runVoter(state: RunState, index: number, signal: AbortSignal): Promise<RunResult> {
	const { shared, place, spending, progress } = state;
	const runId = shared.deps.createId();
	const below: RunPlace = {
		runId,
		nodeId: runId,
		parentId: place.nodeId,
		depth: place.depth,
		votesFor: payerOf(place),
	};
	const result = await shared.runChild(ballotPaper(state, index), shared, below, signal);
	spending.addBelow(result.totals);
	progress.iterations += result.iterations;
	return result;
}

const NEW_REPL = 'The REPL is a new one for this question: variables of earlier questions are not in it.';

/** The question as a voter gets it. */
function ballotPaper(state: RunState, index: number): RunRequest {
	const { runId: _id, repl: _repl, earlier, ...request } = state.request;
	return present({
		...request,
		earlier: earlier === undefined ? undefined : `${earlier}\n${NEW_REPL}`,
		rootModel: rootModelOf(state, index),
		subModel: subModelOf(state, index),
		leastTemperature: warmthOf(index),
	});
}

/** The first voter is as cool as suits the model, each further one warmer. */
function warmthOf(index: number): number {
	return index === 0 ? 0 : Math.min(1, 0.5 + 0.15 * index);
}

/** Share of the usual root model's parameters that another needs to have to be heard like it. */
const COMPARABLE = 0.5;

/** Another root model for every voter, if the user named none and there are others about as large. */
function rootModelOf({ request, root, shared }: RunState, index: number): string | undefined {
	const size = sizeOf(root);
	const others = shared.deps.models
		.offers('root')
		.filter((offer) => size !== undefined && (sizeOf(offer) ?? 0) >= COMPARABLE * size)
		.map(({ model }) => model);
	return another(request.rootModel, root.model, others, index);
}

function subModelOf({ request, sub, shared }: RunState, index: number): string | undefined {
	const offers = shared.deps.models.offers('sub').map(({ model }) => model);
	return another(request.subModel, sub.model, offers, index);
}

/** Goes through the usual model and the others in turn. Undefined for the usual one. */
function another(wanted: string | undefined, usual: string, offers: readonly string[], index: number) {
	const others = offers.filter((model) => model !== usual);
	return wanted ?? [undefined, ...others][index % (others.length + 1)];
}

/** The best of a voter that a limit or the user stopped. */
function partialVote(result: RunResult, index: number): readonly Vote[] {
	return result.outcome === 'partial' && result.answer !== '' ? [{ voter: index + 1, result }] : [];
}

function endingOf(result: RunResult): Ending {
	const { outcome, reason, answer, answerJson, found, citations, unsupported, conflicts } = result;
	const assessment = present<Assessment>({ found, citations, unsupported, conflicts });
	return present({ outcome, reason, final: present({ text: answer, json: answerJson }), assessment });
}

const BECAUSE: Readonly<Record<Choice['by'], string>> = {
	agreement: 'most agree on it',
	evidence: 'the text bears it out best',
	confidence: 'it says that it is the surest',
	order: 'it came first, and nothing else sets them apart',
};

/** Says how they voted. */
function outcome({ chosen, agreeing, by }: Choice, votes: readonly Vote[], results: readonly RunResult[]): string {
	const stopped = results.filter((result) => result.outcome === 'cancelled').length;
	const without = results.length - votes.length - stopped;
	const parts = [
		`${votes.length} of ${results.length} voters answered, and ${agreeing.length} of them say the same.`,
		`The answer of voter ${chosen.voter} is taken because ${BECAUSE[by]}.`,
		...(stopped > 0 ? [`${stopped} that had not ended ${stopped === 1 ? 'was' : 'were'} stopped.`] : []),
		...(without > 0 ? [`${without} gave no answer.`] : []),
	];
	return parts.join(' ');
}
