// What code gets for a call that asks for a value: the Python side, with a host that answers as it is told.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryReply, Sandbox, SubQuery } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, runCell, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
let sandbox: Sandbox;
let asked: SubQuery[] = [];
let answer: (query: SubQuery) => QueryReply = () => ({ text: 'null' });

beforeAll(async () => {
	const host = new ScriptedHost((query) => {
		asked.push(query);
		return answer(query);
	});
	sandbox = await factory.create(sandboxOptions({ host }), neverAborted);
	const setUp = [
		'import enum, dataclasses',
		'from typing import *',
		'@dataclasses.dataclass',
		'class Part:\n    name: str\n    count: int = 1\n    weight: float | None = None',
		'class Row(TypedDict):\n    id: int\n    note: NotRequired[str]',
		'class Color(enum.Enum):\n    RED = "red"\n    BLUE = "blue"',
		'class Tree(TypedDict):\n    children: list["Tree"]',
	];
	expect((await runCell(sandbox, setUp.join('\n'))).error).toBeUndefined();
});
afterAll(async () => {
	await sandbox.dispose();
	await factory.dispose();
});

/** Runs code and returns what it printed, without the line end. */
async function print(code: string, reply: QueryReply | ((query: SubQuery) => QueryReply)): Promise<string> {
	asked = [];
	answer = typeof reply === 'function' ? reply : () => reply;
	const { stdout, error } = await runCell(sandbox, code);
	expect(error).toBeUndefined();
	return stdout.trimEnd();
}

describe('a type', () => {
	const part = {
		type: 'object',
		properties: {
			name: { type: 'string' },
			count: { type: 'integer' },
			weight: { anyOf: [{ type: 'number' }, { type: 'null' }] },
		},
		required: ['name'],
		additionalProperties: false,
	};

	it.each<[string, object, string, string]>([
		['int', { type: 'integer' }, '3.0', '3'],
		['float', { type: 'number' }, '3', '3.0'],
		['bool', { type: 'boolean' }, 'true', 'True'],
		['str', { type: 'string' }, '"a \\u00e9"', "'a é'"],
		['list', { type: 'array', items: {} }, '[1, "a"]', "[1, 'a']"],
		['list[str]', { type: 'array', items: { type: 'string' } }, '["a"]', "['a']"],
		['dict[str, int]', { type: 'object', additionalProperties: { type: 'integer' } }, '{"a": 1}', "{'a': 1}"],
		[
			'list[dict]',
			{ type: 'array', items: { type: 'object', additionalProperties: {} } },
			'[{"a": []}]',
			"[{'a': []}]",
		],
		['set[int]', { type: 'array', items: { type: 'integer' } }, '[1, 1]', '{1}'],
		[
			'tuple[int, str]',
			{ type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false, minItems: 2 },
			'[1, "a"]',
			"(1, 'a')",
		],
		['Optional[int]', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'null', 'None'],
		['int | str', { anyOf: [{ type: 'integer' }, { type: 'string' }] }, '"7"', "'7'"],
		['Literal["a", 2]', { enum: ['a', 2] }, '2', '2'],
		['Color', { enum: ['red', 'blue'] }, '"blue"', "<Color.BLUE: 'blue'>"],
		['Part', part, '{"name": "bolt", "weight": 2}', "Part(name='bolt', count=1, weight=2.0)"],
		['list[Part]', { type: 'array', items: part }, '[{"name": "nut"}]', "[Part(name='nut', count=1, weight=None)]"],
		[
			'Row',
			{
				type: 'object',
				properties: { id: { type: 'integer' }, note: { type: 'string' } },
				required: ['id'],
				additionalProperties: false,
			},
			'{"id": 4}',
			"{'id': 4}",
		],
		[
			'{"name": str, "tags": [str]}',
			{
				type: 'object',
				properties: { name: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
				required: ['name', 'tags'],
				additionalProperties: false,
			},
			'{"name": "a", "tags": ["x"]}',
			"{'name': 'a', 'tags': ['x']}",
		],
		[
			'{"type": "integer", "minimum": 3}',
			{ type: 'integer', minimum: 3 },
			'12345678901234567890',
			'12345678901234567890',
		],
	])('%s is a schema for the host and a value for the code', async (kind, schema, text, printed) => {
		expect(await print(`print(repr(llm_query('p', schema=${kind})))`, { text })).toBe(printed);
		expect(asked).toMatchObject([{ prompt: 'p', schema }]);
		expect(asked[0]).not.toHaveProperty('choices');
	});

	it.each([
		['schema=7', 'schema cannot be 7'],
		['schema=bytes', 'schema cannot be bytes'],
		['schema={"name": "a text"}', "without any keyword of JSON schemas, such as 'type'"],
		['schema={"type": {1, 2}}', 'schema'],
		['schema=dict[int, str]', 'the keys of a dict in JSON are str'],
		['schema=Tree', 'Tree contains itself'],
		['schema=int, choices=["a"]', 'schema or choices, not both'],
		['choices="yes"', 'choices must be a list'],
		['choices=[]', 'choices is empty'],
		['choices=[1, "1"]', 'two of the choices are the same text'],
		['validate=3', 'validate must be a function'],
	])('%s is refused before anything is asked', async (options, said) => {
		asked = [];
		const { error } = await runCell(sandbox, `llm_query('p', ${options})`);
		expect(error?.message).toContain(said);
		expect(asked).toEqual([]);
	});
});

describe('choices', () => {
	it('give back the very object', async () => {
		const code = `
options = [Part('bolt'), Part('nut')]
print(llm_query('p', choices=options) is options[1], llm_query('p', choices=Color), llm_query('p', choices=(1, 2)))`;
		const texts = ["Part(name='nut', count=1, weight=None)", 'red', '2'];
		expect(await print(code, () => ({ text: JSON.stringify(texts[asked.length - 1]) }))).toBe('True Color.RED 2');
		expect(asked.map(({ choices }) => choices?.length)).toEqual([2, 2, 2]);
	});

	it('are the same for a batch, and a failed slot is the usual text', async () => {
		const code = `
replies = llm_query_batched(['a', 'b', 'c'], choices=['yes', 'no'])
print(replies, getattr(replies[1], 'category', None), replies[1].ok)`;
		const reply = ({ prompt }: SubQuery): QueryReply =>
			prompt === 'b' ? { text: 'none of them', failure: 'invalid', repairs: 2 } : { text: '"yes"' };
		expect(await print(code, reply)).toBe("['yes', 'Error: none of them', 'yes'] invalid False");
	});

	it('can be awaited', async () => {
		const code = "print(await asyncio.gather(*[allm_query(p, choices=['yes', 'no']) for p in 'ab']))";
		expect(await print(code, { text: '"no"' })).toBe("['no', 'no']");
	});
});

describe('a check of the code', () => {
	const check = `
def check(value):
    if value < 10:
        raise ValueError(f'{value} is below 10')
    return value % 2 == 0
`;

	it('has a reply mended: the model gets its reply and what is wrong with it', async () => {
		const texts = ['3', '11', '12'];
		const code = `${check}print(llm_query('p', schema=int, validate=check))`;
		expect(await print(code, () => ({ text: texts[asked.length - 1] ?? '' }))).toBe('12');
		expect(asked.map(({ repair }) => repair)).toEqual([
			undefined,
			{ reply: '3', problem: '3 is below 10', count: 1 },
			{ reply: '11', problem: 'it did not pass the check', count: 2 },
		]);
		expect(asked.map(({ schema }) => schema)).toEqual(asked.map(() => ({ type: 'integer' })));
	});

	it('gives up after two repairs, those of the host among them', async () => {
		const code = `${check}r = llm_query('p', schema=int, validate=check)\nprint(r, r.category)`;
		expect(await print(code, { text: '3' })).toBe(
			'Error: the reply did not pass validate: 3 is below 10; it was: 3 invalid',
		);
		expect(asked).toHaveLength(3);
		await print(code, { text: '3', repairs: 1 });
		expect(asked).toHaveLength(2);
		await print(code, { text: '3', repairs: 2 });
		expect(asked).toHaveLength(1);
	});

	it('is made for each slot of a batch, and in async code', async () => {
		const reply = ({ prompt, repair }: SubQuery) => ({ text: prompt === 'b' && !repair ? '3' : '12' });
		const batch = `${check}print(llm_query_batched('abc', schema=int, validate=check))`.replace("'abc'", "list('abc')");
		expect(await print(batch, reply)).toBe('[12, 12, 12]');
		expect(asked.map(({ prompt }) => prompt)).toEqual(['a', 'b', 'c', 'b']);
		const single = `${check}print(await allm_query('b', schema=int, validate=check))`;
		expect(await print(single, reply)).toBe('12');
	});

	it('tells why the reply was refused when there is no room to mend it', async () => {
		const code = `${check}r = llm_query('p', schema=int, validate=check)\nprint(r.category, r.error)`;
		const reply = ({ repair }: SubQuery): QueryReply =>
			repair ? { text: 'not asked: no room', failure: 'budget' } : { text: '3' };
		expect(await print(code, reply)).toContain('invalid the reply did not pass validate: 3 is below 10');
	});

	it('also looks at plain text', async () => {
		const code = "print(llm_query('p', validate=lambda text: text.endswith('.')))";
		expect(await print(code, ({ repair }) => ({ text: repair ? 'Done.' : 'Done' }))).toBe('Done.');
		expect(asked[1]).toMatchObject({ repair: { reply: 'Done', count: 1 } });
	});

	it('that returns nothing is a mistake in the code, which no model can mend', async () => {
		const code = "r = llm_query('p', schema=int, validate=lambda value: None)\nprint(r)";
		expect(await print(code, { text: '3' })).toContain('validate returned None; it has to return True or False');
		expect(asked).toHaveLength(1);
	});

	it('does not see a failed call', async () => {
		const code = "r = llm_query('p', schema=int, validate=lambda value: 1 / 0)\nprint(r)";
		expect(await print(code, { text: 'the server is gone', failure: 'server' })).toBe('Error: the server is gone');
		expect(asked).toHaveLength(1);
	});
});

it('a value is as deep as the host lets through, and one that Python cannot hold is a failed call', async () => {
	const deep = `${'['.repeat(490)}${']'.repeat(490)}`;
	expect(await print("print(str(llm_query('p', schema=list)).count('['))", { text: deep })).toBe('490');
	const digits = "r = llm_query('p', schema=int)\nprint(r.category)";
	expect(await print(digits, { text: '9'.repeat(5_000) })).toBe('invalid');
});

it('a forged form that is none ends the interpreter, not the host', async () => {
	const code = `
import os, struct, json
form = b'{"choices": [1]}'
header = json.dumps({'op': 'submit', 'calls': [{'id': 10**7, 'kind': 'llm', 'promptBytes': 1, 'formBytes': len(form)}]}).encode()
os.write(1000, struct.pack('<II', len(header), len(form) + 1) + header + b'p' + form)
budget()`;
	asked = [];
	expect((await runCell(sandbox, code)).restart?.reason).toBe('violation');
	expect(asked).toEqual([]);
	expect(await print("print(llm_query('p', choices=['a']))", { text: '"a"' })).toBe('a');
});
