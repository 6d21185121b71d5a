import type { Random } from './random.ts';
import { ANIMALS, COLOURS, PEOPLE, SURNAMES, THINGS, TOWNS, WEEKDAYS } from './words.ts';

/** Makes one sentence of a chronicle. It names no station, ship, badge or code. */
type Sentence = (random: Random) => string;

const person = (random: Random) => `${random.pick(PEOPLE)} ${random.pick(SURNAMES)}`;

const SENTENCES: readonly Sentence[] = [
	(r) =>
		`On ${r.pick(WEEKDAYS)} ${r.between(20, 400)} ${r.pick(THINGS)} were carried from ${r.pick(TOWNS)} to ${r.pick(TOWNS)}.`,
	(r) => `${person(r)} wrote to the council of ${r.pick(TOWNS)} about the price of ${r.pick(THINGS)}.`,
	(r) =>
		`The road between ${r.pick(TOWNS)} and ${r.pick(TOWNS)} stayed closed for ${r.between(2, 9)} days after the storm.`,
	(r) => `In the market of ${r.pick(TOWNS)} a set of ${r.pick(THINGS)} changed hands for ${r.between(3, 90)} crowns.`,
	(r) => `${person(r)} walked along the river with ${person(r)} and spoke of the harvest.`,
	(r) =>
		`The school of ${r.pick(TOWNS)} received ${r.between(5, 60)} new ${r.pick(THINGS)} from a merchant who gave no name.`,
	(r) => `Nobody in ${r.pick(TOWNS)} could say why the ${r.pick(THINGS)} had been left in the rain.`,
	(r) => `By ${r.pick(WEEKDAYS)} the fog had lifted, and the ferry to ${r.pick(TOWNS)} ran again.`,
	(r) => `${person(r)} counted the ${r.pick(THINGS)} twice and found ${r.between(1, 12)} fewer than on the list.`,
	(r) => `A letter from ${r.pick(TOWNS)} complained that the ${r.pick(THINGS)} had arrived late and wet.`,
	(r) => `The inn of ${r.pick(TOWNS)} was full that week, so ${person(r)} slept in the boathouse.`,
	(r) =>
		`Old ${r.pick(SURNAMES)} said that ${r.pick(THINGS)} from ${r.pick(TOWNS)} last longer than those from ${r.pick(TOWNS)}.`,
	(r) => `It was decided to paint the hall of ${r.pick(TOWNS)} ${r.pick(COLOURS)}, as it had been before.`,
	(r) => `${person(r)} saw a ${r.pick(ANIMALS)} near the mill of ${r.pick(TOWNS)} and told everyone about it.`,
];

/** Sentences in a paragraph, which is one line. */
const PARAGRAPH = 4;

/**
 * Writes a chronicle of about this many bytes with the facts in it, each as a sentence at a random place, in the order
 * given.
 */
export function chronicle(random: Random, bytes: number, facts: readonly string[]): string {
	const room = bytes - facts.join(' ').length;
	const filler: string[] = [];
	for (let length = 0; length < room; ) {
		const sentence = random.pick(SENTENCES)(random);
		filler.push(sentence);
		length += sentence.length + 1;
	}
	const places = facts.map(() => random.below(filler.length + 1)).sort((a, b) => a - b);
	const sentences: string[] = [];
	let next = 0;
	for (let index = 0; index <= filler.length; index++) {
		for (; places[next] === index; next++) sentences.push(facts[next] ?? '');
		const sentence = filler[index];
		if (sentence !== undefined) sentences.push(sentence);
	}
	return `${paragraphs(sentences)}\n`;
}

function paragraphs(sentences: readonly string[]): string {
	const lines: string[] = [];
	for (let start = 0; start < sentences.length; start += PARAGRAPH) {
		lines.push(sentences.slice(start, start + PARAGRAPH).join(' '));
	}
	return lines.join('\n');
}
