import { sizeText } from '../report/texts.ts';
import { type Interval, wilson } from '../report/wilson.ts';
import type { Tally, Verdict, Verdicts } from './verdicts.ts';

/** How well a model fills a role. `unknown`: too few tasks to say. */
export type Fitness = 'yes' | 'partly' | 'no' | 'unknown';

/** What a user may use a model for, and why. */
export interface ModelAdvice {
	/** `server/model` */
	readonly model: string;
	/** Day of the evaluation. */
	readonly day: string;
	/** Whether it can write the code of a run: right answers of `explore`. */
	readonly root: { readonly fitness: Fitness; readonly accuracy: Interval; readonly tasks: number };
	/** Whether it can answer sub-calls: right answers of direct calls over texts of the size of a passage. */
	readonly sub: { readonly fitness: Fitness; readonly accuracy: Interval; readonly tasks: number };
	/** Size of context from which on the loop is better than a direct call. Bytes; undefined when it is at none. */
	readonly paysFromBytes: number | undefined;
}

/** Largest text that a sub-call is usually asked about. Bytes. */
const PASSAGE_BYTES = 8 * 1024;
/** Fewer tasks than this say nothing. */
const LEAST_TASKS = 4;
/** Shares of right answers from which on a model fills a role, or fills it partly. */
const FIT = 0.6;
const PARTLY_FIT = 0.3;

/** What the remembered evaluations say about each model, the best roots first. */
export function adviceOf(verdicts: Verdicts): readonly ModelAdvice[] {
	return Object.entries(verdicts)
		.map(([model, verdict]) => adviceOn(model, verdict))
		.sort((a, b) => b.root.accuracy.share - a.root.accuracy.share);
}

function adviceOn(model: string, { day, modes }: Verdict): ModelAdvice {
	const explore = modes.explore ?? [];
	const direct = modes.direct ?? [];
	return {
		model,
		day,
		root: roleOf(explore),
		sub: roleOf(direct.filter(({ bytes }) => bytes <= PASSAGE_BYTES)),
		paysFromBytes: paysFrom(explore, direct),
	};
}

function roleOf(tallies: readonly Tally[]): ModelAdvice['root'] {
	const tasks = tallies.reduce((sum, tally) => sum + tally.tasks, 0);
	const accuracy = wilson(
		tallies.reduce((sum, { right }) => sum + right, 0),
		tasks,
	);
	const { share } = accuracy;
	const fitness = tasks < LEAST_TASKS ? 'unknown' : share >= FIT ? 'yes' : share >= PARTLY_FIT ? 'partly' : 'no';
	return { fitness, accuracy, tasks };
}

function paysFrom(explore: readonly Tally[], direct: readonly Tally[]): number | undefined {
	const shareAt = (tallies: readonly Tally[], bytes: number) => {
		const tally = tallies.find((one) => one.bytes === bytes);
		return tally && tally.right / tally.tasks;
	};
	const compared = explore
		.map(({ bytes }) => ({ bytes, loop: shareAt(explore, bytes) ?? 0, call: shareAt(direct, bytes) }))
		.filter(({ call }) => call !== undefined)
		.sort((a, b) => a.bytes - b.bytes);
	const worse = compared.findLastIndex(({ loop, call }) => loop <= (call ?? 0));
	return compared[worse + 1]?.bytes;
}

const ROOT_WORDS: Readonly<Record<Fitness, string>> = {
	yes: 'can be a root',
	partly: 'can be a root for some questions',
	no: 'cannot be a root',
	unknown: 'was not asked enough to say whether it can be a root',
};
const SUB_WORDS: Readonly<Record<Fitness, string>> = {
	yes: 'can answer sub-calls',
	partly: 'answers some sub-calls',
	no: 'is no good for sub-calls',
	unknown: 'was not asked enough about short texts to say whether it can answer sub-calls',
};

/** Advice in plain English, a sentence or two. */
export function adviceText({ model, day, root, sub, paysFromBytes }: ModelAdvice): string {
	const shares = [shareWords('in the loop', root), shareWords('on short texts', sub)].filter(
		(part) => part !== undefined,
	);
	const figures = shares.length > 0 ? ` (${shares.join(', ')}; ${day})` : ` (${day})`;
	const pays =
		paysFromBytes === undefined
			? 'At no size was the loop better than a direct call.'
			: `The loop pays from ${sizeText(paysFromBytes)} on.`;
	const isCompared = root.tasks > 0 && sub.tasks > 0;
	return `${model} ${ROOT_WORDS[root.fitness]} and ${SUB_WORDS[sub.fitness]}${figures}.${isCompared ? ` ${pays}` : ''}`;
}

function shareWords(where: string, { accuracy, tasks }: ModelAdvice['root']): string | undefined {
	return tasks === 0 ? undefined : `${Math.round(accuracy.share * 100)} % of ${tasks} right ${where}`;
}
