import { describe, expect, it } from 'vitest';
import { readOfficial } from '../../scripts/official-rlm.ts';
import { textContext } from '../../src/context/corpus.ts';
import type { CellResult, ChangedVariable } from '../../src/core/ports/sandbox.ts';
import { type OfficialFacts, type OfficialFormat, officialFrame } from '../../src/core/prompt/official.ts';
import { engineOver, observe } from '../support/runs.ts';
import { type ScriptedRequest, startScriptedServer } from '../support/scriptedServer.ts';

// The official package itself is the oracle: it is installed by version and hash, and what it would send is compared byte
// for byte with what we send.

const format = JSON.parse(readOfficial('templates')) as OfficialFormat;

interface Cell {
	readonly stdout: string;
	readonly stderr: string;
	readonly variables: readonly string[];
	/** Values of our REPL that the package does not have. */
	readonly echo?: string;
}

interface Turn {
	readonly reply: string;
	readonly cells: readonly Cell[];
}

interface Run {
	readonly question: string;
	readonly context: unknown;
	readonly contexts?: number;
	readonly histories?: number;
	readonly maxTurns: number;
	readonly turns: readonly Turn[];
}

/** What the package would send for the call after the last of these turns. */
function officialMessages(run: Run): unknown {
	const provided = ['answer', 'context_0', 'context', ...(run.contexts === 2 ? ['context_1'] : [])];
	const cells = (turn: Turn) => turn.cells.map((cell) => ({ ...cell, variables: [...provided, ...cell.variables] }));
	const turns = [...run.turns.map((turn) => ({ reply: turn.reply, cells: cells(turn) })), {}];
	return JSON.parse(readOfficial('messages', JSON.stringify({ ...run, turns })));
}

/** What we would send. */
function ourMessages(run: Run, facts: OfficialFacts['context']): unknown {
	const frame = officialFrame(format, {
		question: run.question,
		context: facts,
		contexts: run.contexts ?? 1,
		histories: run.histories ?? 0,
		turns: run.maxTurns,
	});
	const messages = [...frame.opening];
	run.turns.forEach(({ reply, cells }, index) => {
		const { kept, blocks } = frame.read({ text: reply, finishReason: 'stop' });
		expect(blocks).toHaveLength(cells.length);
		messages.push({ role: 'assistant', content: kept });
		const ran = cells.map((cell) => ({ result: resultOf(cell), variables: cell.variables.map(plain) }));
		for (const content of frame.after({ cells: ran, notes: [], next: index + 2 }))
			messages.push({ role: 'user', content });
	});
	return messages;
}

const plain = (name: string): ChangedVariable => ({ name, type: 'str', isPlain: true });

function resultOf({ stdout, stderr, echo }: Cell): CellResult {
	const shown = echo === undefined ? stdout : `${stdout}${echo}\n`;
	return {
		...{ stdout: shown, stderr, notices: [], changed: [], citations: [], spans: [], durationMs: 1 },
		...(echo === undefined ? {} : { echo }),
		printedCharacters: shown.length + stderr.length,
	};
}

const block = (code: string) => `I look.\n\`\`\`repl\n${code}\n\`\`\`\nThen I go on.`;
const cell = (stdout: string, ...variables: string[]): Cell => ({ stdout, stderr: '', variables });

const RUNS: Readonly<Record<string, Run>> = {
	'one block a turn': {
		...{ question: 'Who repaired the {winch}?', context: 'a ship', maxTurns: 20 },
		turns: [
			{ reply: block('print(len(context))'), cells: [cell('6\n')] },
			{ reply: block('x = 1'), cells: [cell('', 'x')] },
		],
	},
	'several blocks, no code, another language': {
		...{ question: 'q', context: 'text', maxTurns: 20 },
		turns: [
			{ reply: `${block('a = 1')}\n${block('b = "{{text}}"')}`, cells: [cell('', 'a'), cell('{{names}}\n', 'a', 'b')] },
			{ reply: 'I think about it.', cells: [] },
			{ reply: '```python\nprint(1)\n```', cells: [] },
		],
	},
	'errors, and the value of the last expression': {
		...{ question: 'q', context: 'text', maxTurns: 20 },
		turns: [
			{ reply: block('print(1)'), cells: [{ ...cell('1\n'), stderr: '\nValueError: no', echo: "'v'" }] },
			{ reply: block('1'), cells: [{ ...cell(''), echo: '1' }] },
		],
	},
	'output at the limit and beyond, with characters of two units': {
		...{ question: 'q', context: 'text', maxTurns: 20 },
		turns: [19_900, 19_950, 19_999, 20_000, 60_000].map((length) => ({
			reply: block('print(1)'),
			cells: [cell('😀é'.repeat(length / 2))],
		})),
	},
	'several contexts, an earlier conversation': {
		...{ question: 'q', context: 'text', contexts: 2, maxTurns: 20 },
		turns: [{ reply: block('print(1)'), cells: [cell('1\n')] }],
	},
};

describe('the official frame sends what the official package sends', () => {
	it.each(Object.entries(RUNS))('for %s', (_, run) => {
		const facts = { type: 'str', characters: [...String(run.context)].length };
		expect(ourMessages(run, facts)).toEqual(officialMessages(run));
	});

	it('for earlier conversations', () => {
		for (const histories of [1, 3]) {
			const run: Run = { question: 'q', context: 'c', histories, maxTurns: 20, turns: [] };
			expect(ourMessages(run, { type: 'str', characters: 1 })).toEqual(officialMessages(run));
		}
	});
});

describe('the blocks of a reply', () => {
	const read = (text: string) => {
		const frame = officialFrame(format, {
			question: 'q',
			context: { type: 'str', characters: 1 },
			contexts: 1,
			histories: 0,
			turns: 9,
		});
		return frame.read({ text, finishReason: 'stop' }).blocks;
	};

	it('are those that the package finds', () => {
		const pieces = ['```repl', '```', '\n', ' ', 'x', '```python', '\n\n', '```repl\n'];
		let state = 7;
		const next = () => (state = (state * 48_271) % 2_147_483_647);
		const replies = Array.from({ length: 300 }, () =>
			Array.from({ length: 1 + (next() % 12) }, () => pieces[next() % pieces.length]).join(''),
		);
		const found = JSON.parse(readOfficial('blocks', JSON.stringify(replies))) as string[][];
		expect(found.flat().length).toBeGreaterThan(50);
		expect(replies.map(read)).toEqual(found);
	});
});

const TRAINED = 'mit-oasys/rlm-qwen3-30b-a3b-v0.1';

describe('a run with a model that was trained on the official package', () => {
	it('sends its messages, byte for byte, and takes the answer from the dict', async () => {
		const replies = [
			block('print(len(context))\nparts = context.split()\nparts'),
			`${block('n = len(parts)\nprint(n)')}\n${block('1 / 0')}\n${block('print(llm_query("q: " + context))')}`,
			'```python\nprint("not run")\n```',
			block('answer["content"] = "three"\nanswer["ready"] = True'),
		];
		const model = await startScriptedServer({
			kind: 'openai',
			models: [{ name: TRAINED }],
			script: (request) => ({ text: isOfficial(request) ? (replies[request.index - subCalls] ?? '') : sub() }),
		});
		let subCalls = 0;
		const sub = () => {
			subCalls++;
			return 'sub reply';
		};
		const engine = engineOver([model.settings('gpu', { models: [TRAINED] })]);
		try {
			const text = 'alpha bêta\ngamma';
			const contexts = [await textContext({ label: 'text', path: 'a.txt', text })];
			const run = await observe(engine, { query: 'How many {words}?', contexts });
			expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'three', iterations: 4 });
			const calls = model.requests.filter(isOfficial);
			const official = officialMessages({
				...{ question: 'How many {words}?', context: text, maxTurns: 20 },
				turns: [
					{ reply: replies[0] ?? '', cells: [cell('16\n', 'parts')] },
					{
						reply: replies[1] ?? '',
						cells: [
							cell('3\n', 'parts', 'n'),
							{ ...cell('', 'parts', 'n'), stderr: '\nZeroDivisionError: division by zero' },
							cell('sub reply\n', 'parts', 'n'),
						],
					},
					{ reply: replies[2] ?? '', cells: [] },
				],
			});
			expect(calls.at(-1)?.messages).toEqual(official);
			expect(calls[0]?.body).toMatchObject({ max_tokens: 4_096, chat_template_kwargs: { enable_thinking: false } });
			expect(calls[0]?.body).not.toHaveProperty('temperature');
			for (const [index, { messages }] of calls.slice(1).entries()) {
				expect(messages.slice(0, calls[index]?.messages.length)).toEqual(calls[index]?.messages);
			}
		} finally {
			await engine.dispose();
			await model.stop();
		}
	});

	it.each([
		[['a', 'bcd'], 'list', 4],
		[{ x: 'ab', y: [1, 2] }, 'dict', 8],
		[[{ content: 'abc' }, { content: 5 }], 'list', 4],
	])('measures the value %j as the package does', async (value, type, characters) => {
		const model = await startScriptedServer({
			kind: 'openai',
			script: [{ text: block('answer["content"] = 1\nanswer["ready"] = True') }],
		});
		const engine = engineOver([model.settings('gpu', { models: ['scripted-model'] })], { profile: 'official' });
		try {
			const contexts = [{ kind: 'json', label: 'value', json: JSON.stringify(value) } as const];
			const run = await observe(engine, { query: 'q', contexts });
			expect((await run.ended).outcome).toBe('answered');
			const official = officialMessages({ question: 'q', context: value, maxTurns: 20, turns: [] });
			expect(model.requests[0]?.messages).toEqual(official);
			expect(model.requests[0]?.messages[1]?.content).toContain(`a ${type} of ${characters} total characters`);
		} finally {
			await engine.dispose();
			await model.stop();
		}
	});
});

function isOfficial({ messages }: ScriptedRequest): boolean {
	return messages[0]?.role === 'system';
}
