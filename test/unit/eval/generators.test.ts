import { describe, expect, it } from 'vitest';
import { GENERATED_KINDS, generate } from '../../../src/eval/generate/generators.ts';
import { type LabelledItem, parseLabelled } from '../../../src/eval/generate/labelled.ts';
import { Random } from '../../../src/eval/generate/random.ts';
import { SUITES } from '../../../src/eval/tasks/suites.ts';

const KB = 1024;
const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

function textOf(kind: string, seed: number, bytes = 4 * KB) {
	const made = generate({ kind, seed, bytes });
	return { ...made, text: made.files.map(({ text }) => text).join('\n'), lines: made.files[0]?.text.split('\n') ?? [] };
}

describe('a generated task', () => {
	it.each(GENERATED_KINDS)('of the kind %s is the same for the same seed, and another for another', (kind) => {
		const recipe = { kind, seed: 7, bytes: 3 * KB };
		expect(generate(recipe)).toEqual(generate(recipe));
		expect(generate(recipe).files).not.toEqual(generate({ ...recipe, seed: 8 }).files);
	});

	it.each(GENERATED_KINDS)('of the kind %s is about as large as asked for', (kind) => {
		for (const bytes of [2 * KB, 32 * KB, 256 * KB]) {
			const size = generate({ kind, seed: 1, bytes }).files.reduce((sum, { text }) => sum + text.length, 0);
			expect(size / bytes, `${kind} ${bytes}`).toBeGreaterThan(0.75);
			expect(size / bytes, `${kind} ${bytes}`).toBeLessThan(1.35);
		}
	});

	it('says which kinds there are when its kind does not exist', () => {
		expect(() => generate({ kind: 'riddle', seed: 1, bytes: 2048 })).toThrow(/no generator "riddle"/);
	});
});

describe('the gold of a generated task', () => {
	it('is in the text for a needle, and no other value answers the question', () => {
		for (const seed of SEEDS) {
			const { gold, text, grader, question } = textOf('needle', seed);
			expect(text.split(String(gold)).length, question).toBe(2);
			if (grader.kind === 'contains') expect(grader.not).not.toContain(gold);
		}
	});

	it('is not in the text for a fact that is absent', () => {
		for (const seed of SEEDS) {
			const { question, text } = textOf('absent', seed);
			const subject = /station (\w+)|of the (\w+)[ ?]|what the (\w+) carried/.exec(question)?.slice(1).find(Boolean);
			expect(subject).toBeDefined();
			expect(text, question).not.toMatch(new RegExp(`\\b${subject}\\b`));
		}
	});

	it('has every code of the station for several needles', () => {
		for (const seed of SEEDS) {
			const { question, gold, text } = textOf('multi-needle', seed);
			const station = /station (\w+)/.exec(question)?.[1];
			const found = [...text.matchAll(new RegExp(`codes of station ${station} is ([\\w-]+)\\.`, 'g'))].map(
				([, code]) => code,
			);
			expect([...(gold as string[])].sort()).toEqual(found.sort());
		}
	});

	it('has every badge and no visitor pass for a long output', () => {
		const { gold, text } = textOf('long-output', 3, 16 * KB);
		const badges = [...text.matchAll(/The badge of [\w ]+ is (K-\d+)\./g)].map(([, badge]) => badge);
		expect(badges.length).toBeGreaterThan(30);
		expect([...(gold as string[])].sort()).toEqual(badges.sort());
	});

	it('counts the rows of a table as a spreadsheet would', () => {
		for (const seed of SEEDS) {
			const { question, gold, lines } = textOf('table', seed);
			const rows = lines.slice(1, -1).map((line) => line.split(','));
			const one = (pattern: RegExp) => pattern.exec(question)?.[1];
			const status = one(/status ([A-Z]+)/);
			const region = one(/region (\w+)[ ?]/);
			const id = one(/id (\d+)\?/);
			const amountOf = (found: string[][]) => found.reduce((sum, row) => sum + Number(row[5]), 0);
			const fits = rows.filter((row) => (!region || row[2] === region) && (!status || row[4] === status));
			if (id) expect(gold).toBe(amountOf(rows.filter(([own]) => own === id)));
			else if (question.startsWith('In which region')) {
				const best = Map.groupBy(rows, (row) => row[2] ?? '');
				const ranked = [...best].sort(([, a], [, b]) => amountOf(b) - amountOf(a));
				expect(gold).toBe(ranked[0]?.[0]);
			} else expect(gold, question).toBe(question.includes('total') ? amountOf(fits) : fits.length);
		}
	});

	it('counts the lines of a log as grep would', () => {
		for (const seed of SEEDS) {
			const { question, gold, lines } = textOf('log', seed);
			const rows = lines.slice(0, -1).map((line) => /^\S+ (\w+) +(\S+) (\w+): (.*)$/.exec(line)?.slice(1) ?? []);
			const [, level] = /level (\w+)/.exec(question) ?? [];
			const [, component] = /component (\w+)/.exec(question) ?? [];
			const fits = rows.filter((row) => row[0] === level && (!component || row[2] === component));
			if (question.startsWith('How many')) expect(gold, question).toBe(fits.length);
			else if (question.startsWith('Which node')) {
				const ranked = [...Map.groupBy(fits, (row) => row[1])].sort(([, a], [, b]) => b.length - a.length);
				expect(gold).toBe(ranked[0]?.[0]);
				expect(ranked[0]?.[1].length).toBeGreaterThan(ranked[1]?.[1].length ?? 0);
			} else {
				const node = /on (\S+)\?/.exec(question)?.[1];
				expect(rows.filter((row) => row[1] === node && row[3]?.includes('passphrase')).map((row) => row[3])).toEqual([
					`maintenance passphrase set to ${gold}`,
				]);
			}
		}
	});

	it('names the file with the definition, or every caller', () => {
		for (const seed of SEEDS) {
			const { question, gold, files } = textOf('code', seed, 12 * KB);
			const name = /function (\w+)/.exec(question)?.[1] ?? '';
			if (question.startsWith('Which file')) {
				expect(files.filter(({ text }) => text.includes(`def ${name}(`)).map(({ path }) => path)).toEqual(gold);
				continue;
			}
			const bodies = files.flatMap(({ text }) => text.split(/^def /m).slice(1));
			const callers = bodies.filter((body) => body.includes(`+= ${name}(`)).map((body) => body.split('(')[0]);
			expect(callers.sort()).toEqual([...(gold as string[])].sort());
		}
	});

	it('names every file that differs between two trees', () => {
		for (const seed of SEEDS.slice(0, 10)) {
			const { gold, files } = textOf('code-diff', seed, 12 * KB);
			const before = files.filter(({ path }) => path.startsWith('before/'));
			const changed = before.filter(({ path, text }) => {
				const after = files.find((file) => file.path === path.replace('before/', 'after/'));
				return after?.text !== text;
			});
			expect(changed.map(({ path }) => path.replace('before/', '')).sort()).toEqual(gold);
		}
	});
});

/** Labelled lines whose labels tests can see. */
const LABELLED = Array.from({ length: 60 }, (_, index) => {
	const label = ['animal', 'plant', 'stone'][(index * index) % 3] ?? '';
	return `Date: Mar ${String(1 + (index % 28)).padStart(2, '0')}, 2025 || User: ${100 + (index % 7)} || Instance: What is ${index}? || Label: ${label}`;
}).join('\n');
const LINES = parseLabelled(`Here are 60 questions about things.\n\n${LABELLED}`, 'labelled.txt');
const ITEMS = LINES.items;

function shown(lines: string, items: readonly LabelledItem[]): readonly LabelledItem[] {
	return items.filter(({ text }) => lines.includes(`Text: ${text}\n`));
}

describe('questions about labelled lines', () => {
	it('show every line without its label', () => {
		const { files } = generate({ kind: 'count', seed: 1, bytes: 64 * KB, labelled: 'labelled.txt' }, LINES);
		expect(shown(files[0]?.text ?? '', ITEMS)).toHaveLength(60);
		expect(files[0]?.text).not.toContain('Label:');
		expect(files[0]?.text).toMatch(/^Here are 60 questions about things\.\n/);
	});

	it('say how many lines they show, and call a label what the file calls it', () => {
		const { files, question } = generate({ kind: 'count', seed: 1, bytes: 1 * KB, labelled: 'x' }, LINES);
		const count = shown(files[0]?.text ?? '', ITEMS).length;
		expect(count).toBeLessThan(60);
		expect(files[0]?.text).toContain(`Here are ${count} questions about things.`);
		expect(question).toMatch(/label "(animal|plant|stone)"/);
	});

	it('count the labels of the lines asked about', () => {
		for (const seed of SEEDS) {
			const { question, gold, files } = generate({ kind: 'count', seed, bytes: 2 * KB, labelled: 'x' }, LINES);
			const label = /label "(\w+)"/.exec(question)?.[1];
			const user = /user (\d+)/.exec(question)?.[1];
			const after = /after (\w+ \d+, \d+)/.exec(question)?.[1];
			const fits = shown(files[0]?.text ?? '', ITEMS).filter(
				(item) =>
					item.label === label &&
					(!user || item.user === user) &&
					(!after || Date.parse(item.date) > Date.parse(after)),
			);
			expect(gold, question).toBe(fits.length);
		}
	});

	it('rank and compare labels and users, and never ask where there is a tie', () => {
		for (const seed of SEEDS) {
			const { question, gold, files } = generate({ kind: 'aggregate', seed, bytes: 2 * KB, labelled: 'x' }, LINES);
			const items = shown(files[0]?.text ?? '', ITEMS);
			const count = (label: string | undefined) => items.filter((item) => item.label === label).length;
			const quoted = [...question.matchAll(/"(\w+)"/g)].map(([, label]) => label);
			if (quoted.length === 2) {
				const difference = count(quoted[0]) - count(quoted[1]);
				expect(gold).toBe(difference > 0 ? 'more common' : difference < 0 ? 'less common' : 'equally common');
				continue;
			}
			const isByUser = quoted.length === 1;
			const counted = isByUser ? items.filter(({ label }) => label === quoted[0]) : items;
			const groups = [...Map.groupBy(counted, ({ user, label }) => (isByUser ? user : label))];
			const ranked = groups.sort(([, a], [, b]) => b.length - a.length);
			if (question.includes('least')) ranked.reverse();
			expect(gold).toBe(ranked[0]?.[0]);
			expect(ranked[0]?.[1].length).not.toBe(ranked[1]?.[1].length);
		}
	});

	it('pair all users with enough lines of a label', () => {
		for (const seed of SEEDS) {
			const { question, gold, files } = generate({ kind: 'pairs', seed, bytes: 2 * KB, labelled: 'x' }, LINES);
			const [, least, label] = /at least (\d+) messages? with the label "(\w+)"/.exec(question) ?? [];
			const items = shown(files[0]?.text ?? '', ITEMS).filter((item) => item.label === label);
			const users = [...Map.groupBy(items, ({ user }) => user)]
				.filter(([, own]) => own.length >= Number(least))
				.map(([user]) => user);
			expect(new Set((gold as [string, string][]).flat())).toEqual(new Set(users));
			expect(gold).toHaveLength((users.length * (users.length - 1)) / 2);
		}
	});

	it('are refused for a file without such lines, and for kinds that have none', () => {
		expect(() => parseLabelled('nothing here', 'notes.txt')).toThrow(/notes.txt: has 0 labelled lines/);
		expect(() => generate({ kind: 'log', seed: 1, bytes: 2048, labelled: 'x' }, LINES)).toThrow(
			/take no labelled lines/,
		);
	});
});

describe('a suite', () => {
	it('has as many tasks as it says, each with a name of its own', () => {
		for (const { about, tasks } of Object.values(SUITES)) {
			const ids = tasks().map(({ id }) => id);
			expect(about).toMatch(new RegExp(`^${ids.length} tasks`));
			expect(new Set(ids).size).toBe(ids.length);
		}
		expect(SUITES.full?.tasks().length).toBeGreaterThanOrEqual(120);
	});
});

describe('Random', () => {
	it('gives the same numbers for a seed on every machine', () => {
		const random = new Random('needle/2048/1');
		expect([random.below(1000), random.below(1000), random.below(1000)]).toEqual([379, 945, 586]);
	});

	it('reaches every number of its range about equally often', () => {
		const random = new Random('even');
		const counts = Array.from({ length: 10 }, () => 0);
		for (let index = 0; index < 10_000; index++) {
			const number = random.below(10);
			counts[number] = (counts[number] ?? 0) + 1;
		}
		for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
	});
});
