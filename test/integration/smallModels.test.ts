// What becomes of the replies that small models really give: each kind ends well, in the walk of small models and in the
// loop of all others. The replies are retold from recorded runs.
import { afterEach, describe, expect, it } from 'vitest';
import { textContext } from '../../src/context/corpus.ts';
import type { EngineRequest } from '../../src/engine.ts';
import { block, engineOver, observe, ofType } from '../support/runs.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const ORDERS = `id,region,status,amount\n${Array.from({ length: 60 }, (_, index) => {
	const region = ['North', 'South', 'East'][index % 3];
	return `${index + 1},${region},${index % 5 === 0 ? 'FAILED' : 'OK'},${100 + index}`;
}).join('\n')}\n`;
const LOG = `${'The harbour was calm and the crew mended nets all day long.\n'.repeat(60)}On 9 March Wilk repaired the winch.\n`;

interface Asked {
	readonly query: string;
	readonly text: string;
	readonly path?: string;
	readonly request?: Partial<EngineRequest>;
}

/** Runs a question with a model that gives these replies, one after the other, and the last one for ever. */
async function ask(model: string, replies: readonly string[], { query, text, path = 'a.txt', request }: Asked) {
	let next = 0;
	const server: ScriptedServer = await startScriptedServer({
		kind: 'openai',
		models: [{ name: model }],
		script: () => ({ text: replies[Math.min(next++, replies.length - 1)] ?? '' }),
	});
	const engine = engineOver([server.settings('gpu', { models: [model] })]);
	cleanUps.push(
		() => server.stop(),
		() => engine.dispose(),
	);
	const contexts = [await textContext({ label: path, path, text })];
	const run = await observe(engine, { query, contexts, ...request });
	const result = await run.ended;
	// A prefill is a message of its own, behind the newest of ours.
	const requests = server.requests.map(({ messages }) => ({
		messages,
		text: messages.findLast(({ role }) => role === 'user')?.content ?? '',
	}));
	return { result, events: run.events, requests };
}

const SMALL = 'tiny-coder-1.5b';
const LARGE = 'scripted-model';

describe('the walk of a small model', () => {
	it('has a program written for a figure, and states what it printed', async () => {
		const { result, requests, events } = await ask(
			SMALL,
			["```python\nprint('failed:', len([r for r in rows if r['status'] == 'FAILED']))\n```", '12 orders have failed.'],
			{ query: 'How many orders have the status FAILED?', text: ORDERS, path: 'orders.csv' },
		);
		expect(result).toMatchObject({ outcome: 'answered', answer: '12 orders have failed.', iterations: 2 });
		expect(requests[0]?.text).toContain("{'id': 1, 'region': 'North', 'status': 'FAILED', 'amount': 100}");
		expect(requests[0]?.text).toContain("Values of 'status': 'FAILED', 'OK'");
		expect(requests[1]?.text).toContain('failed: 12');
		expect(requests.flatMap(({ messages }) => messages.map(({ content }) => content)).join()).not.toContain(
			'llm_query',
		);
		expect(ofType(events, 'run-start')[0]?.profile).toBe('small-model');
	});

	it('has a program mended with its error in one line', async () => {
		const { result, requests } = await ask(
			SMALL,
			[
				"print(sum(r['Amount'] for r in rows))",
				"print('total:', sum(r['amount'] for r in rows))",
				'The total amount is 7770.',
			],
			{ query: 'What is the total amount?', text: ORDERS, path: 'orders.csv' },
		);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'The total amount is 7770.' });
		expect(requests[1]?.text).toContain("KeyError: 'Amount' in the line `print(sum(r['Amount'] for r in rows))`");
	});

	it('shows the values of a program that printed nothing', async () => {
		const { result, requests } = await ask(SMALL, ["total = sum(r['amount'] for r in rows)", '7770'], {
			query: 'What is the total amount?',
			text: ORDERS,
			path: 'orders.csv',
		});
		expect(requests[1]?.text).toContain('total = 7770');
		expect(result.answer).toBe('7770');
	});

	it('reads the passages that fit a fact, and takes no answer that they do not hold', async () => {
		const { result, requests } = await ask(
			SMALL,
			[
				'The winch was repaired by a hired mechanic named Otto Meier.',
				"for r in rows:\n    if 'winch' in r['text']:\n        print(r['line'], r['text'])",
				'Wilk repaired the winch.',
			],
			{ query: 'Who repaired the winch?', text: LOG },
		);
		expect(requests[0]?.text).toContain('Wilk repaired the winch');
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.' });
	});

	it.each([
		['the same block again and again', '```\nprint(len(context_0))\n```'],
		['an instruction of ours', 'Trust the program. Only if it printed nothing of use, reply: NOT FOUND'],
		['an invented answer in code', 'final("The passphrase is not publicly documented.")'],
		['a block that fails again and again', '```\nfrom library_name import solve\nsolve(rows)\n```'],
		['nothing', ''],
	])('ends with a sentence that says what is missing when the model gives %s', async (_what, reply) => {
		const { result, events } = await ask(SMALL, [reply], { query: 'What is the passphrase?', text: LOG });
		expect(result.outcome).toBe('partial');
		expect(result.answer).toMatch(/^The context gave no answer to this/);
		const failures = ofType(events, 'code-end').filter(({ error }) => error !== undefined);
		expect(failures.length).toBeLessThanOrEqual(2);
		expect(result.iterations).toBeLessThanOrEqual(8);
	});
});

describe('the loop of other models', () => {
	it('does not run a block again, says what is left to try, gets warmer, and reads passages after the third time', async () => {
		let asked = 0;
		const server = await startScriptedServer({
			kind: 'openai',
			script: ({ messages }) => {
				asked++;
				const isReading = messages[0]?.content.includes('in one short sentence');
				return { text: isReading ? 'Wilk repaired the winch.' : block('print(len(context_0))') };
			},
		});
		const engine = engineOver([server.settings('gpu')]);
		cleanUps.push(
			() => server.stop(),
			() => engine.dispose(),
		);
		const contexts = [await textContext({ label: 'a', path: 'a.txt', text: LOG })];
		const run = await observe(engine, { query: 'Who repaired the winch?', contexts });
		expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.' });
		expect(ofType(run.events, 'code-start').filter(({ code }) => code.includes('len(context_0)'))).toHaveLength(1);
		const note = server.requests[2]?.messages.at(-1)?.content ?? '';
		expect(note).toContain('block of iteration 1 again');
		expect(note).toContain('print(search("repaired winch", 5))');
		const temperatures = server.requests.map(({ body }) => (body as { temperature?: number }).temperature ?? 0);
		expect(temperatures[2]).toBeGreaterThan(temperatures[1] ?? 0);
		expect(asked).toBe(5);
	});

	it('takes no answer from code before anything was looked at', async () => {
		const { result, requests } = await ask(
			LARGE,
			[
				block('final("It is not publicly documented.")'),
				block('print(grep("winch"))'),
				block('FINAL("Wilk repaired it.")'),
			],
			{ query: 'Who repaired the winch?', text: LOG },
		);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired it.', iterations: 3 });
		expect(requests[1]?.messages.at(-1)?.content).toMatch(/not accepted: nothing of the context.*print\(search\(/s);
	});

	it('takes one that the code computes, and one to a text that the first message shows as a whole', async () => {
		const computed = await ask(LARGE, [block('FINAL(len(context.splitlines()))')], { query: 'Lines?', text: LOG });
		expect(computed.result).toMatchObject({ outcome: 'answered', answer: '61', iterations: 1 });
		const whole = await ask(LARGE, [block('FINAL("two")')], { query: 'How many lines?', text: 'a\nb\n' });
		expect(whole.requests[0]?.text).toContain('The whole text:\na\nb');
		expect(whole.result).toMatchObject({ outcome: 'answered', answer: 'two', iterations: 1 });
	});

	it('says so when a model is asked without any text of the context', async () => {
		const { requests } = await ask(
			LARGE,
			[block('print(llm_query("Find the line about the winch in the given log"))'), block('FINAL(context[-35:])')],
			{ query: 'Who repaired the winch?', text: LOG },
		);
		expect(requests.at(-1)?.messages.at(-1)?.content).toContain('was given no text of the context');
	});

	it('gives back no instruction as the forced last answer', async () => {
		const instruction =
			'Reply with your best answer from what you have seen so far, as FINAL(your answer) on a line of its own';
		const { result } = await ask(LARGE, [block('print(len(context))'), instruction], {
			query: 'Who repaired the winch?',
			text: LOG,
			request: { limits: { iterations: 1 } } as Partial<EngineRequest>,
		});
		expect(result).toMatchObject({ outcome: 'partial', answer: '' });
	});
});
