import { beforeAll, describe, expect, it } from 'vitest';
import { createCorpusReader, filesContext } from '../../../src/context/corpus.ts';
import type { EventBody } from '../../../src/core/events.ts';
import { isNotInText, saysAbsent } from '../../../src/core/evidence/absence.ts';
import { extractCitations } from '../../../src/core/evidence/citations.ts';
import { conflictsOf } from '../../../src/core/evidence/conflicts.ts';
import { Seen } from '../../../src/core/evidence/seen.ts';
import { unsupportedSentences } from '../../../src/core/evidence/unsupported.ts';
import type { CorpusReader } from '../../../src/core/ports/context.ts';
import { NO_TOTALS } from '../../../src/core/totals.ts';

const FILES = {
	'harbour.md': 'The harbour was built in 1894.\nThe keeper was Ada Brandt.\nThe light reaches 2,140 metres.\n',
	'guide.md': 'Built for visitors.\nThe harbour was built in 1898.\nThe keeper was Jo Falk.\nThe tower has 8 steps.\n',
};
const QUESTION = 'When was the harbour built, and who kept it?';

let corpus: CorpusReader;

beforeAll(async () => {
	const files = Object.entries(FILES).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
	corpus = createCorpusReader([await filesContext({ label: 'town', files, leftOut: [] })]);
});

const head = { runId: 'r', nodeId: 'n' };

/** A run in which a model wrote something and a cell printed something. */
function seen(written: string, printed: string): Seen {
	const all = new Seen();
	const events: EventBody[] = [
		{
			...head,
			type: 'message-end',
			text: written,
			reasoning: '',
			finishReason: 'stop',
			usage: NO_TOTALS.usage,
			server: 's',
			model: 'm',
			attempts: 1,
			queueMs: 0,
			firstTokenMs: 0,
			durationMs: 0,
		},
		{ ...head, type: 'code-end', stdout: printed, stderr: '', changed: [], spans: [], durationMs: 0 },
	];
	for (const event of events) all.note(event);
	return all;
}

async function missing(answer: string, { written = answer, printed = '' } = {}): Promise<string[]> {
	const ground = { question: QUESTION, given: [], seen: seen(written, printed), corpus };
	const found = await unsupportedSentences(answer, ground, AbortSignal.timeout(10_000));
	return found.flatMap(({ terms }) => terms);
}

describe('sentences that rest on nothing read', () => {
	it.each([
		['It was built in 1895.', ['1895']],
		['The light reaches 2,140 metres, and costs 350 crowns.', ['350']],
		['It is known for "the storm that never came back".', ['the storm that never came back']],
		['In those days it was led by Otto Meier.', ['Otto Meier']],
	])('%s', async (answer, terms) => expect(await missing(answer)).toEqual(terms));

	it.each([
		'It was built in 1894 (harbour.md:1), and the keeper was Ada Brandt.',
		'The light reaches 2140 metres, about 2,100.',
		'There are three reasons:\n1. It is old.\n2. It has 8 steps.\n\n```\nconst port = 4711;\n```\nSee `retry(99)` at https://example.com/5000.',
		'Der Hafen wurde 1894 gebaut. Der Turm hat laut Text 8 Stufen.',
		'It was kept by "Ada Brandt", who was the Harbour Master.',
	])('are not in: %s', async (answer) => expect(await missing(answer)).toEqual([]));

	it('are none where cells printed the figure, or code made the answer', async () => {
		expect(await missing('There are 391 lamps.', { printed: 'lamps: 391' })).toEqual([]);
		expect(await missing('The share is 37 %.', { printed: '0.3712' })).toEqual([]);
		expect(await missing('There are 391 lamps.', { written: 'FINAL(f"There are {n} lamps.")' })).toEqual([]);
	});

	it('are not looked for where more was printed than is kept', async () => {
		expect(await missing('It was built in 1895.', { printed: 'x'.repeat(5 << 20) })).toEqual([]);
	});
});

describe('an answer that the text does not say', () => {
	it.each([
		['The text does not mention who built it.', 'Who built it?'],
		['There is no information about the price in the document.', 'What does it cost?'],
		['Not in the text.', 'Who built it?'],
		['Nothing was found for Budget. All 12 files were searched.', 'Where is Budget?'],
		['The text does not say this: the model was shown all of it, and no program found it.', 'Who built it?'],
		['**Answer:** The builder is not named in the provided documents.', 'Who built it?'],
		["It can't be determined from the text.", 'Who built it?'],
		['The documents contain no information about this.', 'Who built it?'],
		['Der Text nennt den Erbauer nicht.', 'Wer hat ihn gebaut?'],
		['Das wird im Text nicht erwähnt.', 'Wer hat ihn gebaut?'],
		['Dazu gibt es keine Angaben im Text.', 'Was kostet er?'],
		['Im Text steht nicht, wer ihn gebaut hat.', 'Wer hat ihn gebaut?'],
		['The text does not say whether it is open.', 'Is it open?'],
	])('%s', (answer, question) => {
		expect(isNotInText(answer, question)).toBe(true);
	});

	it.each([
		['The harbour was built in 1894.', 'When was it built?'],
		['The text does not name the builder, but the keeper was Ada Brandt.', 'Who built it?'],
		['No, the file does not mention retries.', 'Does the file mention retries?'],
		['The file does not mention retries.', 'Does the file mention retries?'],
		['A missing key is not found in the cache, so it is loaded.', 'What happens to a missing key?'],
		['The server does not answer when it is not given a key.', 'When does the server not answer?'],
		['Der Hafen wurde 1894 gebaut, nicht 1895.', 'Wann wurde er gebaut?'],
	])('is not: %s', (answer, question) => {
		expect(isNotInText(answer, question)).toBe(false);
	});

	it('is one for the grader as well', () => {
		for (const answer of ['The text does not mention it.', 'Das ist im Text nicht genannt.'])
			expect(saysAbsent(answer)).toBe(true);
	});
});

describe('cited passages that contradict each other', () => {
	async function conflicts(answer: string): Promise<string[]> {
		const citations = await extractCitations(answer, [], corpus, QUESTION, AbortSignal.timeout(10_000));
		return conflictsOf(citations).map(({ first, second }) => `${first.text} / ${second.text}`);
	}

	it('are shown side by side', async () => {
		expect(await conflicts('It was 1894 (harbour.md:1) or 1898 (guide.md:1-2).')).toEqual([
			'The harbour was built in 1894 / The harbour was built in 1898',
		]);
		expect(await conflicts('Both are named: harbour.md:2 and guide.md:3.')).toEqual([]);
	});

	it('have enough words in common', () => {
		const citation = { startLine: 1, endLine: 1, check: 'place' } as const;
		const pair = (one: string, other: string) =>
			conflictsOf([
				{ ...citation, path: 'a', quote: one },
				{ ...citation, path: 'b', quote: other },
			]).length;
		expect(pair('The first keeper of it was Ada Brandt.', 'The first keeper of it was Jo Falk.')).toBe(1);
		expect(pair('const LIMIT = 30;', 'const LIMIT = 60;')).toBe(0);
		expect(pair('Step 3 of the plan begins at 4.', 'Step 4 of the plan begins at 5.')).toBe(0);
		expect(pair('The harbour was built in 1894.', 'The harbour was built in 1894.')).toBe(0);
	});
});
