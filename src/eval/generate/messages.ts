import { dayNumber, type LabelledItem, lineOf, sliceItems, TOPICS, writeItems } from './labelled.ts';
import type { Generator, Made, MakeInput } from './made.ts';
import { oneText } from './made.ts';
import type { Random } from './random.ts';

// Questions about labels that are in no line and have to be found by reading, as OOLONG asks them (arXiv 2511.02817).

interface Messages {
	readonly random: Random;
	readonly items: readonly LabelledItem[];
	readonly labels: readonly string[];
	/** What a label is called. */
	readonly word: string;
	readonly text: string;
}

function messages({ random, bytes, lines }: MakeInput): Messages {
	const items = lines ? sliceItems(random, lines.items, bytes) : writeItems(random, bytes);
	const labels = lines ? [...new Set(lines.items.map(({ label }) => label))].sort() : TOPICS;
	const word = lines ? 'label' : 'topic';
	const head = [
		// A description of the whole file names its number of lines.
		...(lines?.head ? [lines.head.replaceAll(String(lines.items.length), String(items.length))] : []),
		`Each of the ${items.length} lines below is a message of a user on a date. Each has exactly one ${word} of these: ${labels.join(', ')}. It is not written in the line; it follows from what the message says.`,
	].join('\n\n');
	return { random, items, labels, word, text: `${head}\n\n${items.map(lineOf).join('\n')}\n` };
}

function made({ text }: Messages, question: Omit<Made, 'files'>): Made {
	return oneText(text, question, 'messages.txt');
}

/** A part of the messages, and the words for it in a question. */
interface Part {
	readonly words: string;
	readonly items: readonly LabelledItem[];
}

function partOf({ random, items }: Messages): Part {
	const which = random.below(3);
	if (which === 0) {
		const { user } = random.pick(items);
		return { words: `of the messages of user ${user}`, items: items.filter((item) => item.user === user) };
	}
	if (which === 1) {
		const { date } = random.pick(items);
		const day = dayNumber(date);
		return { words: `of the messages after ${date}`, items: items.filter((item) => dayNumber(item.date) > day) };
	}
	return { words: 'of all messages', items };
}

export const count: Generator = {
	about: 'how many messages have a topic that has to be found by reading each of them',
	takesLabelled: true,
	make: (input: MakeInput): Made => {
		const all = messages(input);
		const part = partOf(all);
		const label = all.random.pick(all.labels);
		return made(all, {
			question: `How many ${part.words} have the ${all.word} "${label}"? Answer with one number.`,
			gold: part.items.filter((item) => item.label === label).length,
			grader: { kind: 'number' },
		});
	},
};

export const aggregate: Generator = {
	about: 'which topic or user is most frequent, or which of two topics is more common',
	takesLabelled: true,
	make: (input: MakeInput): Made => {
		const all = messages(input);
		for (const make of all.random.shuffled([mostOrLeast, compare, topUser])) {
			const question = make(all);
			if (question) return made(all, question);
		}
		return made(all, compare(all));
	},
};

/** Counts by key, most frequent first; equal counts in the order of the keys. */
function countBy(
	items: readonly LabelledItem[],
	keyOf: (item: LabelledItem) => string,
): [key: string, count: number][] {
	const counts = new Map<string, number>();
	for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
	return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/** The most or the least frequent label; undefined when there is a tie. */
function mostOrLeast({ random, items, labels, word }: Messages): Omit<Made, 'files'> | undefined {
	const counted = countBy(items, ({ label }) => label);
	const wanted = random.chance(0.5) ? 'most' : 'least';
	const ranked = wanted === 'most' ? counted : [...counted].reverse();
	const [first, second] = ranked;
	if (!first || !second || first[1] === second[1] || counted.length < labels.length) return undefined;
	return {
		question: `Which ${word} is the ${wanted} common among all messages? Answer with the ${word} only.`,
		gold: first[0],
		grader: { kind: 'choice', choices: [...labels] },
	};
}

const COMPARISONS = ['more common', 'less common', 'equally common'];

function compare({ random, items, labels, word }: Messages): Omit<Made, 'files'> {
	const [one = '', other = ''] = random.sample(labels, 2);
	const difference =
		items.filter(({ label }) => label === one).length - items.filter(({ label }) => label === other).length;
	return {
		question: `Is the ${word} "${one}" more common, less common or equally common than the ${word} "${other}" among all messages? Answer with one of: ${COMPARISONS.join(', ')}.`,
		gold: difference > 0 ? 'more common' : difference < 0 ? 'less common' : 'equally common',
		grader: { kind: 'choice', choices: COMPARISONS },
	};
}

function topUser({ random, items, labels, word }: Messages): Omit<Made, 'files'> | undefined {
	const label = random.pick(labels);
	const [first, second] = countBy(
		items.filter((item) => item.label === label),
		({ user }) => user,
	);
	const users = [...new Set(items.map(({ user }) => user))];
	if (!first || first[1] === second?.[1] || users.length < 2) return undefined;
	return {
		question: `Which user has the most messages with the ${word} "${label}"? Answer with the number of the user only.`,
		gold: first[0],
		grader: { kind: 'choice', choices: users },
	};
}

/** Users that a question for pairs is about: a pair for each two of them. */
const PAIRED_USERS = { least: 2, most: 8 };

export const pairs: Generator = {
	about: 'all pairs of users who both wrote a number of messages on a topic',
	takesLabelled: true,
	make: (input: MakeInput): Made => {
		const all = messages(input);
		for (const label of all.random.shuffled(all.labels)) {
			const counted = countBy(
				all.items.filter((item) => item.label === label),
				({ user }) => user,
			);
			const least = thresholdOf(counted.map(([, number]) => number));
			if (least === undefined) continue;
			return made(all, pairsQuestion(all.word, label, least, counted));
		}
		// No topic has two users: the least number that nobody reaches asks for no pair.
		return made(all, pairsQuestion(all.word, all.labels[0] ?? '', all.items.length, []));
	},
};

/** A number of messages that a handful of users reach; undefined when there is none. */
function thresholdOf(numbers: readonly number[]): number | undefined {
	for (let users = Math.min(PAIRED_USERS.most, numbers.length); users >= PAIRED_USERS.least; users--) {
		const last = numbers[users - 1] ?? 0;
		if (last > (numbers[users] ?? 0)) return last;
	}
	return undefined;
}

function pairsQuestion(
	word: string,
	label: string,
	least: number,
	counted: readonly [string, number][],
): Omit<Made, 'files'> {
	const users = counted.filter(([, number]) => number >= least).map(([user]) => user);
	const gold = users.flatMap((one, index) => users.slice(index + 1).map((other): [string, string] => [one, other]));
	const plural = least === 1 ? 'message' : 'messages';
	return {
		question: `List all pairs of users where both have at least ${least} ${plural} with the ${word} "${label}". Write each pair on a line of its own as (user, user). If there is none, answer: none.`,
		gold,
		grader: { kind: 'pairs' },
	};
}
