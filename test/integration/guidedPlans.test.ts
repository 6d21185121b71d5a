// The plans of the mode guided, with a model whose every leaf is right: then the answer must be, too.
import { afterEach, describe, expect, it } from 'vitest';
import { textContext } from '../../src/context/corpus.ts';
import type { EngineRequest } from '../../src/engine.ts';
import { engineOver, observe, ofType } from '../support/runs.ts';
import { type ScriptedReply, startScriptedServer } from '../support/scriptedServer.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const SMALL = 'tiny-coder-1.5b';
const LARGE = 'great-coder-70b';

/** What a model is asked: its instructions, and the newest message. */
interface Asked {
	readonly system: string;
	readonly text: string;
}
type Play = (asked: Asked) => string | ScriptedReply;

/** Runs a question in the mode guided. */
async function ask(
	model: string,
	play: Play,
	texts: Readonly<Record<string, string>>,
	request: Partial<EngineRequest>,
) {
	const asked: Asked[] = [];
	const server = await startScriptedServer({
		kind: 'openai',
		models: [{ name: model }],
		script: ({ messages }) => {
			const newest = messages.findLast(({ role }) => role === 'user')?.content ?? '';
			const system = messages.find(({ role }) => role === 'system')?.content ?? '';
			asked.push({ system, text: newest });
			const reply = play({ system, text: newest });
			return typeof reply === 'string' ? { text: reply } : reply;
		},
	});
	const engine = engineOver([server.settings('gpu', { models: [model] })], { mode: 'guided' });
	cleanUps.push(
		() => server.stop(),
		() => engine.dispose(),
	);
	const contexts = await Promise.all(
		Object.entries(texts).map(([path, text]) => textContext({ label: path, path, text })),
	);
	const run = await observe(engine, { contexts, ...request });
	const result = await run.ended;
	const notices = ofType(run.events, 'notice').map(({ text }) => text);
	const plans = ofType(run.events, 'plan-start').map(({ plan }) => plan);
	return { result, asked, notices, plans, events: run.events };
}

const WORDS = ['river', 'king', 'price', 'abbreviation'] as const;
const LABELS = ['location', 'human being', 'numeric value', 'short form'] as const;
const QUESTION_OF = (word: string, index: number) => `Which ${word} belongs to case ${index} ?`;
const labelOf = (text: string) => LABELS[WORDS.findIndex((word) => text.includes(word))] ?? 'none';

/** Records of users and dates with a question each, whose kind only a reader can tell. */
function instances(count: number) {
	const rows = Array.from({ length: count }, (_, index) => ({
		user: 100 + ((index * 7) % 23),
		month: 1 + ((index * 5) % 12),
		word: WORDS[(index * index + (index >> 2)) % WORDS.length] ?? WORDS[0],
		index,
	}));
	const lines = rows.map(({ user, month, word, index }) => {
		const date = `2024-${String(month).padStart(2, '0')}-09`;
		return `Date: ${date} || User: ${user} || Instance: ${QUESTION_OF(word, index)}`;
	});
	const kinds = LABELS.map((label) => `'${label}'`).join(', ');
	const text = `These are ${count} questions, one a line. Each asks for one of ${LABELS.length} kinds: ${kinds}.\n\n${lines.join('\n')}\n`;
	return { rows: rows.map((row) => ({ ...row, label: labelOf(row.word) })), text };
}

/** Labels records rightly, one or several in a call. */
function label({ text }: Asked): string {
	const numbered = [...text.matchAll(/^\d+\. (.*case \d+ \?)$/gm)].map(([, record = '']) => labelOf(record));
	if (numbered.length > 0) return JSON.stringify(numbered);
	return JSON.stringify(labelOf(text.split('\n\n')[1] ?? ''));
}

/** A model that labels rightly, writes this program, and states what it printed. */
function reader(program: string): Play {
	return (asked) => {
		if (asked.text.includes('Which of these fits')) return label(asked);
		if (asked.system.startsWith('You write short Python')) return `\`\`\`python\n${program}\n\`\`\``;
		if (asked.text.includes('The program printed:')) return asked.text.split('The program printed:\n')[1] ?? '';
		return 'NOT FOUND';
	};
}

describe('the plan count', () => {
	const COUNTS =
		"import collections\ncounts = collections.Counter(r['label'] for r in rows)\nprint('counts:', sorted(counts.items()))";
	const BY_USER =
		"found = [r for r in rows if r['label'] == 'location' and r['User'] in (101, 105)]\nprint('locations of both users:', len(found))";
	const PAIRS =
		"import collections, itertools\ncounts = collections.Counter(r['User'] for r in rows if r['label'] == 'human being')\nfit = sorted(user for user in counts if counts[user] >= 3)\nprint('pairs:', len(list(itertools.combinations(fit, 2))))";

	it.each([
		[SMALL, 200],
		[LARGE, 3_200],
	])('counts labels that a model of the size of %s gave, each record once (%d records)', async (model, count) => {
		const { rows, text } = instances(count);
		const gold = LABELS.map((name) => [name, rows.filter((row) => row.label === name).length] as const);
		const { result, notices, plans } = await ask(
			model,
			reader(COUNTS),
			{ 'q.txt': text },
			{
				query: 'Which category is the most frequent?',
			},
		);
		expect(result.outcome).toBe('answered');
		for (const [name, of] of gold) expect(result.answer).toContain(`('${name}', ${of})`);
		expect(plans).toEqual(['count']);
		expect(notices[0]).toMatch(
			new RegExp(`^Each of ${count} records is judged: .*about \\d+ calls and [\\d,]+ tokens`),
		);
	});

	it('aggregates 1 MB of records by user, and over pairs of users', async () => {
		const { rows, text } = instances(15_500);
		expect(text.length).toBeGreaterThan(1_000_000);
		const locations = rows.filter((row) => row.label === 'location' && [101, 105].includes(row.user)).length;
		const byUser = await ask(
			LARGE,
			reader(BY_USER),
			{ 'q.txt': text },
			{
				query: 'How many questions of the users 101 and 105 are of the category location?',
			},
		);
		expect(byUser.result.answer).toContain(`locations of both users: ${locations}`);
		const fit = new Set(rows.map(({ user }) => user)).size;
		const pairs = await ask(
			LARGE,
			reader(PAIRS),
			{ 'q.txt': text },
			{
				query: 'List all pairs of users who both have at least 3 questions of the category human being.',
			},
		);
		expect(pairs.result.answer).toContain(`pairs: ${(fit * (fit - 1)) / 2}`);
	});

	const REVIEWS = [
		'Cem: The kettle broke after only two days.',
		'Dora: My whole family loves it so much.',
		'Fay: The lid leaks and nobody ever answers.',
		'Hal: It boils fast and looks very good.',
	];
	const judge: Play = ({ system, text }) => {
		if (system.startsWith('You are told how some records look')) return '"judged"';
		if (system.startsWith('A question about many records'))
			return '{"ask": "Is this review negative or positive?", "answers": ["negative", "positive"]}';
		if (text.startsWith('Is this review')) return /broke|leaks/.test(text) ? '"negative"' : '"positive"';
		if (text.includes('These 2 are "negative":\n- Cem: The kettle')) return 'Cem and Fay wrote negative reviews.';
		return 'NOT FOUND';
	};
	const WHO = 'Which of the reviews are negative? List the names of their authors.';

	it('lets the model put the question to one record, and reads short lists without a program', async () => {
		const { result, asked } = await ask(SMALL, judge, { 'reviews.txt': REVIEWS.join('\n') }, { query: WHO });
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Cem and Fay wrote negative reviews.' });
		expect(asked.filter(({ text }) => text.startsWith('Is this review'))).toHaveLength(4);
	});

	it('asks again for records of a batch whose reply has not one label each', async () => {
		let batches = 0;
		const { result, asked } = await ask(
			LARGE,
			(question) => {
				if (!/^\d\. /m.test(question.text) || !question.text.startsWith('Is this review')) return judge(question);
				batches++;
				return '["negative"]';
			},
			{ 'reviews.txt': REVIEWS.join('\n') },
			{ query: WHO },
		);
		expect(batches).toBeGreaterThan(0);
		expect(asked.filter(({ text }) => /^Is this review[^\n]*\n\n\w+:/.test(text))).toHaveLength(4);
		expect(result.answer).toBe('Cem and Fay wrote negative reviews.');
	});

	it('says what it would take when the limits do not allow it, and goes another way', async () => {
		const { notices, plans, result } = await ask(
			SMALL,
			judge,
			{ 'reviews.txt': REVIEWS.join('\n') },
			{
				query: WHO,
				limits: { calls: 12 },
			},
		);
		expect(notices).toContainEqual(expect.stringMatching(/^To judge each of 4 records takes about 4 calls/));
		expect(plans.slice(0, 2)).toEqual(['count', 'table']);
		expect(result.outcome).toBe('partial');
	});
});

describe('the plan map-reduce', () => {
	const CHAPTERS = Array.from({ length: 60 }, (_, index) => {
		const filler = 'The crew mended nets and the sea was calm all day long. '.repeat(12);
		return `Day ${index + 1}. ${filler}${index % 10 === 3 ? `On this day they lost anchor number ${index}.` : ''}`;
	}).join('\n');
	const notes: Play = ({ system, text }) => {
		if (system.startsWith('You read one part')) {
			const found = [...text.matchAll(/they lost anchor number (\d+)/g)].map(
				([, number = '']) => `Anchor ${number} was lost.`,
			);
			return JSON.stringify({ notes: found });
		}
		if (system.startsWith('You get notes that were taken from all parts'))
			return `These anchors were lost: ${[...text.matchAll(/Anchor (\d+)/g)].map(([, number]) => number).join(', ')}.`;
		return 'NOT FOUND';
	};

	it('reads every part, and answers from the notes with an estimate first', async () => {
		const { result, notices, plans } = await ask(
			SMALL,
			notes,
			{ 'log.txt': CHAPTERS },
			{
				query: 'Summarise the losses of the voyage.',
			},
		);
		expect(result).toMatchObject({
			outcome: 'answered',
			answer: 'These anchors were lost: 3, 13, 23, 33, 43, 53.',
		});
		expect(plans).toEqual(['map-reduce']);
		expect(notices[0]).toMatch(/^\d+ parts of the text are read: about \d+ calls and [\d,]+ tokens/);
	});

	it('reads the parts that fit best where the limits do not allow all, and says so', async () => {
		const { result, notices } = await ask(
			SMALL,
			notes,
			{ 'log.txt': CHAPTERS },
			{
				query: 'Summarise what is said of the lost anchor.',
				limits: { calls: 14 },
			},
		);
		expect(notices[0]).toMatch(
			/^To read all of the text takes about \d+ calls .* The \d+ parts? that fits? the question best/,
		);
		expect(result.answer).toMatch(/^These anchors were lost: \d/);
	});
});

describe('the plan parallel', () => {
	it('asks the same about each subject, and compares the answers', async () => {
		const filler = 'The weather was mild and nothing else was noted there.\n'.repeat(80);
		const text = `${filler}Oslo has 14 harbours.\n${filler}Bergen has 9 harbours.\n${filler}`;
		const { result, plans, asked } = await ask(
			SMALL,
			({ system, text: prompt }) => {
				if (system.startsWith('You get passages of a text and a question that compares'))
					return prompt.endsWith('Oslo') ? 'Oslo has 14 harbours.' : 'Bergen has 9 harbours.';
				const isSaid = ['## Oslo\nOslo has 14', '## Bergen\nBergen has 9'].every((part) => prompt.includes(part));
				return isSaid ? 'Oslo has 14 harbours, Bergen only 9.' : 'NOT FOUND';
			},
			{ 'towns.txt': text },
			{ query: 'What is the difference between Oslo and Bergen in their harbours?' },
		);
		expect(plans).toEqual(['parallel']);
		expect(asked).toHaveLength(3);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Oslo has 14 harbours, Bergen only 9.' });
	});
});

describe('the plan iterative', () => {
	it('asks what is missing, searches for it, and reads on', async () => {
		const filler = 'The ledger lists ropes, sails and barrels of tar for the season.\n'.repeat(90);
		const text = `${filler}The price of the voyage is told by the north tower.\n${filler}North tower: postage of forty crowns.\n${filler}`;
		const { result, plans, notices } = await ask(
			SMALL,
			({ system, text: prompt }) => {
				if (system.startsWith('A text was searched'))
					return '{"missing": "what the north tower says", "words": ["north tower", "postage"]}';
				return prompt.includes('forty crowns') && system.includes('in one short sentence')
					? 'The voyage costs forty crowns.'
					: 'NOT FOUND';
			},
			{ 'ledger.txt': text },
			{ query: 'What does the voyage cost?' },
		);
		expect(plans.at(0)).toBe('locate');
		expect(result).toMatchObject({ outcome: 'answered', answer: 'The voyage costs forty crowns.' });
		if (plans.includes('iterative'))
			expect(notices).toContain('Missing: what the north tower says. It searches for north tower, postage.');
	});
});
