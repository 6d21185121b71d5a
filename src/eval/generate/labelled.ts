import { ConfigError } from '../../core/errors.ts';
import type { Random } from './random.ts';
import { PEOPLE, TOWNS, WEEKDAYS } from './words.ts';

/** A line whose label the model has to find by reading it. */
export interface LabelledItem {
	/** As `Jul 28, 2024`. */
	readonly date: string;
	readonly user: string;
	readonly text: string;
	readonly label: string;
}

type Message = (random: Random) => string;

/** Messages by topic. No message names its topic, and each is about one topic only. */
const MESSAGES: Readonly<Record<string, readonly Message[]>> = {
	weather: [
		(r) => `It has rained in ${r.pick(TOWNS)} since ${r.pick(WEEKDAYS)}.`,
		(r) => `We had ${r.between(3, 30)} centimetres of snow in ${r.pick(TOWNS)} overnight.`,
		(r) => `The wind tore two branches off the oak in front of the house in ${r.pick(TOWNS)}.`,
		() => 'Not a cloud in the sky today, and the sun is burning.',
		(r) => `The fog in ${r.pick(TOWNS)} was so thick this morning that I could not see the church.`,
		(r) => `They expect ${r.between(28, 39)} degrees for ${r.pick(WEEKDAYS)}, far too hot for me.`,
	],
	food: [
		(r) => `${r.pick(PEOPLE)} baked bread with walnuts, and it was gone in an hour.`,
		() => 'Too much salt in the soup again.',
		(r) => `Does anybody know how long to boil ${r.between(2, 12)} eggs?`,
		(r) => `${r.pick(PEOPLE)} made dumplings with plums for all of us.`,
		() => 'I roast the potatoes with rosemary, never with butter.',
		(r) => `The cheese from ${r.pick(TOWNS)} tastes of nuts and smoke.`,
	],
	sport: [
		(r) =>
			`${r.pick(TOWNS)} won ${r.between(3, 6)} to ${r.between(0, 2)}, and the goalkeeper was the best on the field.`,
		(r) => `${r.pick(PEOPLE)} ran the marathon in ${r.between(3, 5)} hours.`,
		() => 'Our relay team dropped the baton in the final.',
		(r) => `The referee sent off ${r.pick(PEOPLE)} after ten minutes.`,
		(r) => `${r.pick(PEOPLE)} served ${r.between(8, 25)} aces in the tennis match.`,
		() => 'The coach wants us to swim forty lengths before breakfast.',
	],
	music: [
		(r) => `${r.pick(PEOPLE)} practises the violin every ${r.pick(WEEKDAYS)}.`,
		(r) => `The choir of ${r.pick(TOWNS)} needs two more tenors.`,
		() => 'The drummer was faster than the rest of the band all evening.',
		(r) => `${r.pick(PEOPLE)} played a sonata by heart on an old piano.`,
		() => 'I cannot get the chorus of that song out of my head.',
		(r) => `The orchestra of ${r.pick(TOWNS)} tunes to the oboe.`,
	],
	travel: [
		(r) => `The train to ${r.pick(TOWNS)} left ${r.between(10, 55)} minutes late.`,
		(r) => `I booked a room in ${r.pick(TOWNS)} for ${r.between(2, 9)} nights.`,
		(r) => `${r.pick(PEOPLE)} lost the passport at the airport.`,
		(r) => `Which bus goes from ${r.pick(TOWNS)} to ${r.pick(TOWNS)} on ${r.pick(WEEKDAYS)}?`,
		() => 'My suitcase came back from the flight without its handle.',
		(r) => `The ferry to ${r.pick(TOWNS)} has cabins now, so we took one.`,
	],
	health: [
		(r) => `The doctor told ${r.pick(PEOPLE)} to stay in bed for ${r.between(2, 9)} days.`,
		() => 'My knee hurts when I climb the stairs.',
		(r) => `${r.pick(PEOPLE)} has a fever of 39 and a sore throat.`,
		() => 'The dentist says that the tooth has to come out.',
		(r) => `I take one pill against the headache, ${r.pick(PEOPLE)} takes two.`,
		(r) => `The nurse in ${r.pick(TOWNS)} changed the bandage and said it heals well.`,
	],
};

/** The labels of our own messages. */
export const TOPICS = Object.keys(MESSAGES);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Bytes of one of our lines, about; for the number of users before the lines are written. */
const LINE_BYTES = 100;

/** Writes messages of about this many bytes. Labels and users are not equally frequent. */
export function writeItems(random: Random, bytes: number): readonly LabelledItem[] {
	const users = usersFor(random, Math.floor(bytes / LINE_BYTES));
	const labels = weighted(random, TOPICS);
	const items: LabelledItem[] = [];
	for (let length = 0; length < bytes; ) {
		const label = random.pick(labels);
		const item = { date: dateOf(random), user: random.pick(users), text: messageOf(random, label), label };
		items.push(item);
		length += lineOf(item).length + 1;
	}
	return items;
}

function usersFor(random: Random, lines: number): readonly string[] {
	const count = Math.min(40, Math.max(4, Math.round(1.2 * Math.sqrt(lines))));
	const users = new Set<string>();
	while (users.size < count) users.add(String(random.between(10_000, 99_999)));
	return weighted(random, [...users]);
}

/** Each item one to four times, so that a random one of them is not equally likely to be any. */
function weighted<T>(random: Random, items: readonly T[]): readonly T[] {
	return items.flatMap((item) => Array.from({ length: random.between(1, 4) }, () => item));
}

function messageOf(random: Random, label: string): string {
	return random.pick(MESSAGES[label] ?? [])(random);
}

function dateOf(random: Random): string {
	return `${random.pick(MONTHS)} ${String(random.between(1, 28)).padStart(2, '0')}, ${random.pick([2024, 2025])}`;
}

/** Days in the order of time, as a number. */
export function dayNumber(date: string): number {
	return Date.parse(`${date} UTC`);
}

/** The line that a model sees. */
export function lineOf({ date, user, text }: LabelledItem): string {
	return `Date: ${date} || User: ${user} || Text: ${text}`;
}

const LINE = /^Date: (.+?) \|\| User: (.+?) \|\| (?:Instance|Text): (.+) \|\| Label: (.+)$/;

/** A file of labelled lines. */
export interface LabelledLines {
	readonly items: readonly LabelledItem[];
	/** What stands before the first of them: what the labels mean. */
	readonly head: string;
}

/**
 * Reads a file of labelled lines (`Date: … || User: … || Instance: … || Label: …`); other lines are skipped.
 * @throws ConfigError when it has fewer than ten
 */
export function parseLabelled(content: string, where: string): LabelledLines {
	const lines = content.split('\n');
	const matches = lines.map((line) => LINE.exec(line.trim()));
	const items = matches.flatMap((match) => {
		if (!match) return [];
		const [, date = '', user = '', text = '', label = ''] = match;
		return [{ date, user, text, label: label.trim() }];
	});
	const first = matches.findIndex((match) => match !== null);
	if (items.length >= 10) return { items, head: lines.slice(0, first).join('\n').trim() };
	const form = 'Date: … || User: … || Instance: … || Label: …';
	throw new ConfigError(where, '', `has ${items.length} labelled lines; at least 10 are needed`, `A line is ${form}`);
}

/** A slice of a file's items of about this many bytes, from a random place. All of them when there are fewer. */
export function sliceItems(random: Random, items: readonly LabelledItem[], bytes: number): readonly LabelledItem[] {
	const average = items.reduce((sum, item) => sum + lineOf(item).length + 1, 0) / items.length;
	const count = Math.min(items.length, Math.max(10, Math.round(bytes / average)));
	const start = random.below(items.length - count + 1);
	return items.slice(start, start + count);
}
