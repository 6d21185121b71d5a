import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EscapeAttempt, EscapeFileError, type EscapeProof, readAttempts } from '../support/escapeFile.ts';
import { EscapeRunner } from '../support/escapes.ts';
import { RUNTIME } from '../support/runtimeModules.ts';
import { createSandboxes } from '../support/sandboxes.ts';

const folder = mkdtempSync(join(tmpdir(), 'rlm-attempts-'));
const factory = createSandboxes();
const polluted: string[] = [];
const runner = new EscapeRunner({ factory, secrets: ['SECRET-OF-THE-HOST'], pollution: async () => polluted });
afterAll(async () => {
	await runner.dispose();
	await factory.dispose();
	rmSync(folder, { recursive: true });
});

function outcomeOf(code: string, proof: EscapeProof = { type: 'none' }, next: readonly string[] = []) {
	const attempt: EscapeAttempt = { id: 'tested', route: 'none', code, next, proof };
	return runner.run(attempt, { withoutGuide: false, timeoutMs: 1000, memoryBytes: 256 << 20 });
}

describe('an attempt counts as an escape', () => {
	it.each<[string, EscapeProof]>([
		['stdout', { type: 'stdout', contains: '{{CANARY_B}}' }],
		['hostmsg', { type: 'hostmsg', contains: '{{CANARY_B}}' }],
		['any', { type: 'any', of: [{ type: 'hostcrash' }, { type: 'stdout', contains: '{{CANARY_B}}' }] }],
	])('when it leaves its proof: %s', async (_type, proof) => {
		expect((await outcomeOf("print('{{CANARY_B}}', llm_query('{{CANARY_B}}'))", proof)).isBlocked).toBe(false);
	});

	it('when a later cell leaves the proof', async () => {
		const { isBlocked } = await outcomeOf('x = 1', { type: 'stdout', contains: 'FOUND' }, ["print('FO' + 'UND')"]);
		expect(isBlocked).toBe(false);
	});

	it('when it hands out a secret of the host, whatever its own proof is', async () => {
		expect((await outcomeOf("raise ValueError('{{CANARY}}')")).problem).toContain('a secret');
	});

	it('when objects of the host have changed', async () => {
		polluted.push('isAdmin');
		const { problem } = await outcomeOf('1');
		polluted.pop();
		expect(problem).toContain('isAdmin');
	});

	it('not, when it does nothing of that', async () => {
		expect(await outcomeOf('1 + 1')).toMatchObject({ isBlocked: true, problem: '', ending: '2' });
	});
});

describe('a cell that breaks the runtime for all later ones', () => {
	it.each([
		"import sys\nsys.addaudithook(lambda event, args: 1 / 0 if event == 'compile' else None)",
		`${RUNTIME}\nruntime['_COMMANDS']['cell'] = lambda header, payload: {}`,
		'import ast\nast.Expr = None',
	])('is undone like a crash: %s', async (code) => {
		expect(await outcomeOf(code)).toMatchObject({ isBlocked: true, ending: expect.stringContaining('Crash') });
	});

	it.each(['import sys\ndef f(*a): raise SystemError\nsys.settrace(f)', 'import sys\nsys.setrecursionlimit(60)'])(
		'goes on when that can be taken back: %s',
		async (code) => {
			expect(await outcomeOf(`kept = 1\n${code}`, { type: 'none' }, ['kept'])).toMatchObject({
				isBlocked: true,
				ending: expect.stringMatching(/; 1$/),
			});
		},
	);
});

describe('a file of attempts', () => {
	function read(content: unknown) {
		const file = join(folder, 'attempts.json');
		writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
		return readAttempts(file);
	}
	const attempt = { id: 'a', code: 'x', proof: { type: 'none' } };

	it('may have fields that are for people', () => {
		expect(read([{ ...attempt, severity: 'new', note: 'x' }])).toEqual([{ ...attempt, route: '' }]);
	});

	it.each<[string, unknown]>([
		['list of attempts', {}],
		['list of attempts', []],
		['JSON', '{'],
		['attempt a: proof.type is not known', [{ ...attempt, proof: { type: 'dns' } }]],
		['attempt a: proof.of.0.type', [{ ...attempt, proof: { type: 'any', of: [{ type: 'exec' }] } }]],
		['proof.contains names SECRET', [{ ...attempt, proof: { type: 'stdout', contains: '{{SECRET}}' } }]],
		['proof.contains must not be empty', [{ ...attempt, proof: { type: 'stdout', contains: '' } }]],
		['proof.port', [{ ...attempt, proof: { type: 'tcp', port: '22' } }]],
		['proof.prop', [{ ...attempt, proof: { type: 'hostprop', prop: 'toString' } }]],
		['attempt number 1: id', [{ ...attempt, id: undefined }]],
		['two attempts with the id a', [attempt, attempt]],
	])('is refused with a sentence: %s', (message, content) => {
		expect(() => read(content)).toThrow(EscapeFileError);
		expect(() => read(content)).toThrow(message);
	});
});
