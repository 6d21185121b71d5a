// How runs end: what is taken as the answer of a whole run, and what is refused. Only the words of the model are scripted.
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/core/request.ts';
import type { EngineRequest } from '../../src/engine.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block, engineOver, observe, turnOf } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';

const opened = cleanUpAfterEach();

/** A run whose root model gives these replies in turn, the last one for ever; with what was said to it. */
async function runOf(replies: readonly string[], request: Partial<EngineRequest> = {}) {
	const said: string[] = [];
	const model = await startScriptedServer({
		kind: 'openai',
		script: (asked) => {
			said.push(asked.messages.at(-1)?.content ?? '');
			return { text: replies[Math.min(turnOf(asked), replies.length - 1)] ?? '' };
		},
	});
	opened.push(() => model.stop());
	const engine = engineOver([model.settings('gpu')]);
	opened.push(() => engine.dispose());
	const run = await observe(engine, request);
	const result: RunResult = await run.ended;
	return { result, said };
}

const LOOK = block('print(len(context))');

describe('an answer that says nothing', () => {
	it.each([
		["FINAL('')", 'it is empty'],
		["FINAL(' \\n')", 'it is empty'],
		['FINAL([])', 'it is only []'],
		['v = {}\nFINAL_VAR(v)', 'it is only {}'],
		["SUBMIT('')", 'it is empty'],
		['FINAL("\\u200b\\u2060\\ufeff")', 'it is empty'],
		["SUBMIT(answer='')", "it is only {'answer': ''}"],
		['FINAL(str(answer))', 'empty `answer` dict'],
		['FINAL("\\n".join(llm_query_batched(["", ""])))', 'have all failed'],
		['answer.update(content=[], ready=True)', 'it is only []'],
		['FINAL_VAR(answer)', 'its content is empty'],
		['FINAL_VAR("nowhere")', "'nowhere' not found"],
	])('is refused with a reason, and the run goes on: %s', async (code, why) => {
		const { result, said } = await runOf([block(code), block("FINAL('something')")]);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'something', iterations: 2 });
		expect(said[1]).toContain(why);
	});

	it.each([
		['FINAL("")', 'it is empty'],
		['FINAL(answer)', 'its content is empty'],
		['FINAL_VAR(answer)', 'its content is empty'],
	])('is refused as text too: %s', async (text, why) => {
		const { result, said } = await runOf([LOOK, text, 'FINAL(something)']);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'something' });
		expect(said[2]).toContain(why);
	});

	it('is not handed in again by a later cell that does something else', async () => {
		const refused = block('answer.update(content=[], ready=True)');
		const { result, said } = await runOf([refused, block('print(7 * 6)'), block("FINAL('something')")]);
		expect(result).toMatchObject({ answer: 'something', iterations: 3 });
		expect(said[2]).toContain('Output:\n42\n\nIteration 3');
	});

	it('may be an empty list where the answer is typed', async () => {
		const check = async (answer: string) => (Array.isArray(JSON.parse(answer)) ? undefined : 'no list');
		const output = { description: 'a list', check };
		const { result } = await runOf([block('FINAL([])')], { output });
		expect(result).toMatchObject({ outcome: 'answered', answer: '[]', answerJson: '[]' });
	});
});

describe('the answer of a reply', () => {
	it('is taken at the end of the cell, which runs on', async () => {
		const { result } = await runOf([block("FINAL('early')\nseen = len(context)\nFINAL(f'late {seen}')")]);
		expect(result.answer).toBe('late 17');
	});

	it('is the content of `answer` where the text names it', async () => {
		const { result } = await runOf([block("answer['content'] = 'from the dict'"), 'FINAL(answer)']);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'from the dict' });
	});

	it('is refused when the cell fails after it, and the model is told', async () => {
		const { result, said } = await runOf([block("FINAL('early')\n1 / 0"), block("FINAL('right')")]);
		expect(result.answer).toBe('right');
		expect(said[1]).toContain('the answer that it handed in was not accepted');
	});
});

describe('a run that reached a limit', () => {
	const limits = { iterations: 1 };

	it('passes over variables that are no answer', async () => {
		const code = "summary = 'the best there is'\nfound = ''\nresults = []\ndef find_answer(): pass";
		const { result } = await runOf([block(code), 'FINAL("")'], { limits });
		expect(result).toMatchObject({ outcome: 'partial', answer: 'the best there is' });
	});

	it('has no answer when there is nothing but functions and empty values', async () => {
		const { result } = await runOf([block("def answer_of(x): pass\nresult = ''"), 'FINAL("")'], { limits });
		expect(result).toMatchObject({ outcome: 'partial', answer: '' });
	});
});
