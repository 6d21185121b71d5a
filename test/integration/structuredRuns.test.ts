// Whole runs whose code asks for values, over each wire: what is no value never reaches the code as one.
import { describe, expect, test } from 'vitest';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { SOFTWARE, type Software } from '../support/providers.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import { type ScriptedReply, type ScriptedRequest, startScriptedServer, type Wire } from '../support/scriptedServer.ts';

const cleanUps = cleanUpAfterEach();
const WIRE: Readonly<Record<Software, Wire>> = {
	Ollama: 'ollama',
	'llama.cpp': 'openai',
	vLLM: 'openai',
	Anthropic: 'anthropic',
};
const REFUSAL = { status: 400, body: 'tool_choice, format and response_format: the schema is not supported here' };

/** The sub-model: what it replies depends on the name in its prompt. */
const REPLIES: Readonly<Record<string, ScriptedReply>> = {
	good: { text: '{"n": 1}' },
	fenced: { text: 'Here it is:\n```json\n{"n": 2}\n```' },
	wordy: { text: 'I would say so, but who knows?' },
	wrong: { text: '{"n": "three"}' },
	broken: { text: '{"n": 4' },
	cut: { text: '{"n": 5}', finish: 'length' },
	declined: { text: 'I cannot help with that.', finish: 'refusal' },
};

async function start(software: Software, code: string, takesFormats: boolean) {
	const server = await startScriptedServer({
		kind: WIRE[software],
		isLlamaCpp: software === 'llama.cpp',
		models: [{ name: 'scripted-model', contextTokens: 65_536 }],
		script: (request) => {
			if (isRootCall(request)) return { text: turnOf(request) === 0 ? block(code) : block('FINAL("done")') };
			return !takesFormats && hasFormat(request) ? REFUSAL : answer(request);
		},
	});
	cleanUps.push(() => server.stop());
	const engine = engineOver([server.settings('gpu', { kind: WIRE[software], maxConcurrent: 8 })]);
	cleanUps.push(() => engine.dispose());
	const run = await observe(engine, { limits: { callsPerCell: 100 } });
	const result = await run.ended;
	const [cell] = ofType(run.events, 'code-end');
	expect(cell?.error).toBeUndefined();
	return { run, result, printed: cell?.stdout.trim(), subCalls: server.requests.filter((one) => !isRootCall(one)) };
}

function hasFormat({ body = {} }: ScriptedRequest): boolean {
	return 'response_format' in body || 'format' in body || 'tool_choice' in body;
}

/** `mended` is broken first; a repair has the reply and what is wrong with it. */
function answer({ messages }: ScriptedRequest): ScriptedReply {
	const asked = messages.filter(({ role }) => role === 'user');
	const name = /^[a-z]+/.exec(asked[0]?.content ?? '')?.[0] ?? '';
	if (name === 'mended') return asked.length === 1 ? { text: '{"n": 6' } : { text: '{"n": 6}' };
	if (name === 'yes') return { text: '"Yes."' };
	if (name === 'maybe') return { text: asked.length < 3 && messages.length < 3 ? 'maybe' : 'no' };
	return REPLIES[name] ?? { text: 'unknown' };
}

describe.each(SOFTWARE)('over %s', (software) => {
	test.each([true, false])('values come out and nothing else does; formats are taken: %s', async (takesFormats) => {
		const names = [...Object.keys(REPLIES), 'mended'];
		const code = `
names = ${JSON.stringify(names)}
for name, reply in zip(names, llm_query_batched(names, schema={'n': int})):
    print(name, reply if isinstance(reply, dict) else (reply.category, reply.startswith('Error: ')))
print(llm_query_batched(['yes', 'maybe'], choices=['yes', 'no']))`;
		const { run, result, printed, subCalls } = await start(software, code, takesFormats);
		// Ollama has no word for a refusal, so it is a reply that does not fit.
		const declined = software === 'Ollama' ? 'invalid' : 'refused';
		expect(printed?.split('\n')).toEqual([
			"good {'n': 1}",
			"fenced {'n': 2}",
			...['wordy', 'wrong', 'broken', 'cut'].map((name) => `${name} ('invalid', True)`),
			`declined ('${declined}', True)`,
			"mended {'n': 6}",
			"['yes', 'no']",
		]);
		const taken = subCalls.filter((request) => takesFormats || !hasFormat(request));
		// Two sound ones, four or five with two repairs each, one or none declined, one mended; then the choices.
		expect(taken).toHaveLength(2 + (declined === 'invalid' ? 5 * 3 : 4 * 3 + 1) + 2 + 3);
		expect(taken.every((request) => hasFormat(request) === takesFormats)).toBe(true);
		const iterations = ofType(run.events, 'message-end').length;
		expect(result.totals.calls).toBe(taken.length + iterations);
		expect(ofType(run.events, 'call-start')).toHaveLength(taken.length);
		expect(ofType(run.events, 'call-end').filter(({ failure }) => failure === 'invalid').length).toBeGreaterThan(12);
	});
});
