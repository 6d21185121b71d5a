import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { SandboxError } from '../../../src/core/errors.ts';
import type { CellResult, Sandbox } from '../../../src/core/ports/sandbox.ts';
import { fuzz } from '../../escapes/fuzzer.ts';
import { Dice, hostileCell } from '../../escapes/grammar.ts';
import type { Target } from '../../escapes/targets.ts';

const EMPTY: CellResult = {
	stdout: '',
	stderr: '',
	printedCharacters: 0,
	notices: [],
	changed: [],
	citations: [],
	spans: [],
	durationMs: 0,
};

const SECRET = 'a secret of the host';

/** A sandbox whose cells run in this very process. */
function openTo(run: (code: string) => Promise<CellResult>, pollution: readonly string[] = []): Target {
	const sandbox: Sandbox = {
		isolation: [],
		execute: run,
		variables: async () => [],
		variableText: async () => undefined,
		setHistory: async () => {},
		memory: async () => '{}',
		renew: async () => true,
		dispose: async () => {},
	};
	return {
		factory: { create: async () => sandbox, prepare: () => {}, dispose: async () => {} },
		pid: process.pid,
		secrets: [SECRET],
		pollution: async () => pollution,
		dispose: async () => 0,
	};
}

const proofIn = (code: string) => /'(\/[^']*\/proof)'|"(\/[^"]*\/proof)"|touch (\/[^'"]*\/proof)/.exec(code);

it.each<[string, (code: string) => Promise<CellResult>]>([
	['got at a secret', async () => ({ ...EMPTY, stdout: SECRET })],
	[
		'wrote a file',
		async (code) => {
			const [path] = (proofIn(code) ?? []).slice(1).filter(Boolean);
			if (path) writeFileSync(path, 'x');
			return EMPTY;
		},
	],
	[
		'connected',
		async (code) => {
			const port = /"127\.0\.0\.1", (\d+)/.exec(code)?.[1];
			const connect = (done: () => void) => createConnection(Number(port), '127.0.0.1').on('close', done);
			if (port) await new Promise<void>(connect);
			return EMPTY;
		},
	],
	[
		'is gone',
		async () => {
			throw new SandboxError('crashed', 'no more');
		},
	],
])('a sandbox that lets cells out is found out: %s', async (problem, run) => {
	const { findings } = await fuzz(openTo(run), 1, 200);
	expect(findings[0]?.problem).toContain(problem);
});

it('cells that change what all objects have are found out', async () => {
	const { findings } = await fuzz(
		openTo(async () => EMPTY, ['polluted']),
		1,
		50,
	);
	expect(findings[0]?.problem).toContain('polluted');
});

it('a sandbox that does nothing passes', async () => {
	const report = await fuzz(
		openTo(async () => EMPTY),
		1,
		120,
	);
	expect(report).toEqual({ cells: 120, kills: 0, restores: 0, findings: [], leaked: 0 });
});

it('cells are the same for the same seed', () => {
	const targets = { proofPath: '/nowhere/proof', port: 1, pid: 1 };
	const cells = (seed: number) =>
		Array.from({ length: 20 }, (_, index) => hostileCell(new Dice(seed + index), targets));
	expect(cells(7)).toEqual(cells(7));
	expect(cells(7)).not.toEqual(cells(8));
});
