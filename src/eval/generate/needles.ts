import type { Generator, Made, MakeInput } from './made.ts';
import { oneText } from './made.ts';
import { chronicle } from './prose.ts';
import type { Random } from './random.ts';
import { ANIMALS, COLOURS, FACT_SURNAMES, PARTS, PEOPLE, SHIPS, STATIONS, SURNAMES } from './words.ts';

/** Said with every question for a fact, so that nothing gives away whether the text has it. */
const OR_ABSENT = 'If the text does not say, answer: not in the text.';

/** A fact of a text and the question for it. */
interface Fact {
	readonly sentence: string;
	readonly question: string;
	readonly value: string;
}

function codes(random: Random, count: number): readonly string[] {
	const made = new Set<string>();
	while (made.size < count) made.add(`${random.pick(COLOURS)}-${random.pick(ANIMALS)}-${random.between(10, 99)}`);
	return [...made];
}

/** The codes of several stations. */
function stationFacts(random: Random, count: number): readonly Fact[] {
	const values = codes(random, count);
	return random.sample(STATIONS, count).map((station, index) => {
		const value = values[index] ?? '';
		return {
			value,
			sentence: `The access code of station ${station} is ${value}.`,
			question: `What is the access code of station ${station}?`,
		};
	});
}

/** Who did what to several ships; the question uses other words than the text. */
function shipFacts(random: Random, count: number): readonly Fact[] {
	const people = random.sample(FACT_SURNAMES, count);
	const ships = random.sample(SHIPS, count);
	return random.sample(PARTS, count).map(([, text, question], index) => {
		const value = `${random.pick(PEOPLE)} ${people[index] ?? ''}`;
		const ship = ships[index] ?? '';
		return {
			value,
			sentence: `${value} ${text.replace('SHIP', ship)}.`,
			question: `Who ${question.replace('SHIP', ship)}?`,
		};
	});
}

/** A fact that is asked for, and others of the same form. */
const FACTS = 4;

function facts(random: Random): readonly Fact[] {
	return random.chance(0.5) ? stationFacts(random, FACTS) : shipFacts(random, FACTS);
}

export const needle: Generator = {
	about: 'one fact in a long text, among others of the same form',
	make: ({ random, bytes }: MakeInput): Made => {
		const all = facts(random);
		const asked = random.pick(all);
		const text = chronicle(
			random,
			bytes,
			all.map(({ sentence }) => sentence),
		);
		const not = all.filter((fact) => fact !== asked).map(({ value }) => value);
		return oneText(text, {
			question: `${asked.question} ${OR_ABSENT}`,
			gold: asked.value,
			grader: { kind: 'contains', not },
		});
	},
};

export const absent: Generator = {
	about: 'a fact that the text does not have, among others of the same form',
	make: ({ random, bytes }: MakeInput): Made => {
		const all = facts(random);
		const asked = random.pick(all);
		const present = all.filter((fact) => fact !== asked).map(({ sentence }) => sentence);
		return oneText(chronicle(random, bytes, present), {
			question: `${asked.question} ${OR_ABSENT}`,
			gold: 'not in the text',
			grader: { kind: 'absent' },
		});
	},
};

/** Codes of one station, each named in a sentence of its own. */
const NEEDLES = 4;

export const multiNeedle: Generator = {
	about: 'several facts about one thing, scattered over a long text',
	make: ({ random, bytes }: MakeInput): Made => {
		const values = codes(random, 2 * NEEDLES);
		const [asked = '', other = ''] = random.sample(STATIONS, 2);
		const gold = values.slice(0, NEEDLES);
		const sentences = values.map((value, index) => {
			const station = index < NEEDLES ? asked : other;
			return `One of the access codes of station ${station} is ${value}.`;
		});
		return oneText(chronicle(random, bytes, random.shuffled(sentences)), {
			question: `Which access codes does station ${asked} have? List all of them, separated by commas.`,
			gold,
			grader: { kind: 'set', among: [...values] },
		});
	},
};

export const longOutput: Generator = {
	about: 'a long list that has to be written out in full',
	make: ({ random, bytes }: MakeInput): Made => {
		const count = Math.min(80, Math.max(6, Math.floor(bytes / 400)));
		const decoys = Math.ceil(count / 4);
		const numbers = new Set<string>();
		while (numbers.size < count + decoys) numbers.add(String(random.between(1000, 9999)));
		const values = [...numbers].map((number, index) => (index < count ? `K-${number}` : `V-${number}`));
		const sentences = values.map((value, index) => {
			const name = `${random.pick(PEOPLE)} ${random.pick(SURNAMES)}`;
			return index < count ? `The badge of ${name} is ${value}.` : `The visitor pass of ${name} is ${value}.`;
		});
		return oneText(chronicle(random, bytes, random.shuffled(sentences)), {
			question: 'List the number of every badge that the text names (not of visitor passes), separated by commas.',
			gold: values.slice(0, count),
			grader: { kind: 'set', among: values },
		});
	},
};
