// Whole runs with models and servers that do not keep to what was asked of them.
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { chunk, events, oddServers, STREAM } from '../support/oddServers.ts';
import { block, engineOver, observe, ofType } from '../support/runs.ts';

const cleanUps = cleanUpAfterEach();
const { listen } = oddServers(cleanUps);

/** What a model gives back: a text, or the call of a tool. */
type Said = string | { readonly name: string; readonly arguments: string };

/** Runs a question with a root model that says one thing after the other, and a sub-model that always says the same. */
async function play(root: readonly Said[], sub: Said = 'unused') {
	const left = [...root];
	const asked: string[] = [];
	const url = await listen(async (request, response) => {
		const body = JSON.parse((await text(request)) || '{}');
		const isRoot = body.model === 'root';
		if (isRoot) asked.push(body.messages.at(-1).content);
		const said = isRoot ? (left.shift() ?? block('FINAL("nothing more to say")')) : sub;
		const delta =
			typeof said === 'string' ? { content: said } : { content: null, tool_calls: [{ index: 0, function: said }] };
		response.writeHead(200, STREAM).end(events(chunk(delta), chunk({}, { finish_reason: 'stop' })));
	});
	const server = { id: 'odd', kind: 'openai', url, models: ['root', 'sub'], contextLength: 32_000 };
	const engine = engineOver([server], { rootModel: 'odd/root', subModel: 'odd/sub' });
	cleanUps.push(() => engine.dispose());
	const run = await observe(engine);
	const result = await run.ended;
	return { result, asked, cells: ofType(run.events, 'code-start').map(({ code }) => code) };
}

test('a draft in reasoning that only closes does not run, and llm_query gives the answer alone', async () => {
	const look = `I would write:\n${block('FINAL("draft")')}\nNo.\n</think>\n\n${block('r = llm_query("Is it?")\nprint(r)\nFINAL(r)')}<|im_end|>`;
	const { result, cells } = await play([look], 'Okay, NO? Hmm.\n</think>\n\nYES<|eot_id|>');
	expect(result).toMatchObject({ outcome: 'answered', answer: 'YES' });
	expect(cells).toEqual(['r = llm_query("Is it?")\nprint(r)\nFINAL(r)']);
});

test('a call of a tool that holds code is run, and one that means nothing is told to the model', async () => {
	const { result, asked } = await play([
		{ name: 'web_search', arguments: '{"q":"moons"}' },
		{ name: 'python', arguments: '{"code":"print(len(context))"}' },
		{ name: 'FINAL', arguments: '{"answer":"two"}' },
	]);
	expect(result).toMatchObject({ outcome: 'answered', answer: 'two', iterations: 3 });
	expect(asked[1]).toContain('You called the tool "web_search", but there are no tools here.');
	expect(asked[2]).toContain('17');
});

test('a sub-model that calls a tool has failed, and the code is told why', async () => {
	const code = 'r = llm_query("Is it?")\nFINAL(r.category + " " + r)';
	const { result } = await play([block(`print(context)\n${code}`)], { name: 'lookup', arguments: '{"k":1}' });
	expect(result.answer).toMatch(/^empty Error: .*no tools.*"lookup" with \{"k":1\}/);
});
