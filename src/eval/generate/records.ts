import type { Generator, Made, MakeInput } from './made.ts';
import { oneText } from './made.ts';
import type { Random } from './random.ts';
import { ANIMALS, COLOURS, PEOPLE, SURNAMES } from './words.ts';

type Question = Omit<Made, 'files'>;

/** Makes rows until their lines fill the bytes. */
function fill<T>(bytes: number, make: (index: number) => T, lineOf: (row: T) => string): T[] {
	const rows: T[] = [];
	for (let length = 0; length < bytes; ) {
		const row = make(rows.length);
		rows.push(row);
		length += lineOf(row).length + 1;
	}
	return rows;
}

function numberQuestion(question: string, gold: number): Question {
	return { question: `${question} Answer with one number.`, gold, grader: { kind: 'number' } };
}

/** The key with the largest value; undefined when two share it. */
function largest(values: ReadonlyMap<string, number>): string | undefined {
	const [first, second] = [...values].sort(([, a], [, b]) => b - a);
	return first && first[1] !== second?.[1] ? first[0] : undefined;
}

function totals<T>(rows: readonly T[], keyOf: (row: T) => string, amountOf: (row: T) => number): Map<string, number> {
	const sums = new Map<string, number>();
	for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + amountOf(row));
	return sums;
}

// --- Tables

interface Order {
	readonly id: number;
	readonly date: string;
	readonly region: string;
	readonly customer: string;
	readonly status: string;
	readonly amount: number;
}

const REGIONS = ['North', 'East', 'South', 'West', 'Centre'];
const STATUSES = ['PAID', 'PAID', 'PAID', 'OPEN', 'OPEN', 'FAILED', 'RETURNED'];

const orderLine = ({ id, date, region, customer, status, amount }: Order) =>
	`${id},${date},${region},${customer},${status},${amount}`;

function orderOf(random: Random, index: number): Order {
	return {
		id: 1001 + index,
		date: `2025-${two(random.between(1, 12))}-${two(random.between(1, 28))}`,
		region: random.pick(REGIONS),
		customer: `${random.pick(PEOPLE)} ${random.pick(SURNAMES)}`,
		status: random.pick(STATUSES),
		amount: random.between(5, 980),
	};
}

function two(number: number): string {
	return String(number).padStart(2, '0');
}

const TABLE_QUESTIONS: readonly ((rows: readonly Order[], random: Random) => Question)[] = [
	(rows, random) => {
		const { status } = random.pick(rows);
		return numberQuestion(
			`How many orders have the status ${status}?`,
			rows.filter((row) => row.status === status).length,
		);
	},
	(rows, random) => {
		const { region } = random.pick(rows);
		const sum =
			totals(
				rows,
				(row) => row.region,
				(row) => row.amount,
			).get(region) ?? 0;
		return numberQuestion(`What is the total amount of all orders in the region ${region}?`, sum);
	},
	(rows, random) => {
		const { region, status } = random.pick(rows);
		const found = rows.filter((row) => row.region === region && row.status === status);
		return numberQuestion(`How many orders in the region ${region} have the status ${status}?`, found.length);
	},
	(rows, random) => {
		const { id } = random.pick(rows);
		const found = rows.find((row) => row.id === id);
		return numberQuestion(`What is the amount of the order with the id ${id}?`, found?.amount ?? 0);
	},
	(rows) => {
		const gold = largest(
			totals(
				rows,
				(row) => row.region,
				(row) => row.amount,
			),
		);
		if (gold === undefined) return numberQuestion('How many orders are there?', rows.length);
		return {
			question: 'In which region is the total amount of all orders the largest? Answer with the region only.',
			gold,
			grader: { kind: 'choice', choices: REGIONS },
		};
	},
];

export const table: Generator = {
	about: 'counts, sums and look-ups in a CSV file',
	make: ({ random, bytes }: MakeInput): Made => {
		const rows = fill(bytes, (index) => orderOf(random, index), orderLine);
		const text = `id,date,region,customer,status,amount\n${rows.map(orderLine).join('\n')}\n`;
		return oneText(text, random.pick(TABLE_QUESTIONS)(rows, random), 'orders.csv');
	},
};

// --- Logs

interface Entry {
	readonly seconds: number;
	readonly level: string;
	readonly node: string;
	readonly component: string;
	readonly message: string;
}

const LEVELS = ['INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'DEBUG', 'WARN', 'ERROR'];
const COMPONENTS = ['scheduler', 'storage', 'network', 'billing', 'search'];
const LOG_MESSAGES: readonly ((random: Random) => string)[] = [
	(r) => `request ${r.between(10_000, 99_999)} finished in ${r.between(2, 900)} ms`,
	(r) => `retrying batch ${r.between(10, 99)} after ${r.between(1, 60)} s`,
	(r) => `queue length is ${r.between(0, 400)}`,
	(r) => `no errors in segment ${r.between(100, 999)}`,
	(r) => `cache holds ${r.between(100, 9_000)} entries`,
	(r) => `connection to peer ${r.between(1, 64)} closed`,
];

const logLine = ({ seconds, level, node, component, message }: Entry) =>
	`${new Date(Date.UTC(2026, 2, 1) + seconds * 1000).toISOString().slice(0, 19)}Z ${level.padEnd(5)} ${node} ${component}: ${message}`;

function entryMaker(random: Random): () => Entry {
	let seconds = 0;
	const nodes = Array.from({ length: 12 }, (_, index) => `node-${two(index + 1)}`);
	return () => {
		seconds += random.between(0, 20);
		return {
			seconds,
			level: random.pick(LEVELS),
			node: random.pick(nodes),
			component: random.pick(COMPONENTS),
			message: random.pick(LOG_MESSAGES)(random),
		};
	};
}

const LOG_QUESTIONS: readonly ((rows: Entry[], random: Random) => Question)[] = [
	(rows) => numberQuestion('How many lines of the log have the level ERROR?', rows.filter(isError).length),
	(rows, random) => {
		const { component, level } = random.pick(rows);
		const found = rows.filter((row) => row.component === component && row.level === level);
		return numberQuestion(`How many lines of the component ${component} have the level ${level}?`, found.length);
	},
	(rows, random) => {
		const gold = largest(
			totals(
				rows.filter(isError),
				({ node }) => node,
				() => 1,
			),
		);
		if (gold === undefined) return passphrase(rows, random);
		const nodes = [...new Set(rows.map(({ node }) => node))].sort();
		if (nodes.length < 2) return passphrase(rows, random);
		return {
			question: 'Which node has the most lines with the level ERROR? Answer with the node only.',
			gold,
			grader: { kind: 'choice', choices: nodes },
		};
	},
	(rows, random) => passphrase(rows, random),
];

const isError = ({ level }: Entry) => level === 'ERROR';

/** Puts one unusual line into the log and asks for what it says. */
function passphrase(rows: Entry[], random: Random): Question {
	const gold = `${random.pick(COLOURS)}-${random.pick(ANIMALS)}-${random.between(10, 99)}`;
	const place = random.below(rows.length);
	const replaced = rows[place];
	if (replaced) rows[place] = { ...replaced, message: `maintenance passphrase set to ${gold}` };
	return {
		question: `What is the maintenance passphrase that was set on ${replaced?.node ?? ''}?`,
		gold,
		grader: { kind: 'contains' },
	};
}

export const log: Generator = {
	about: 'counts and unusual lines in a log',
	make: ({ random, bytes }: MakeInput): Made => {
		const rows = fill(bytes, entryMaker(random), logLine);
		const question = random.pick(LOG_QUESTIONS)(rows, random);
		return oneText(`${rows.map(logLine).join('\n')}\n`, question, 'service.log');
	},
};
