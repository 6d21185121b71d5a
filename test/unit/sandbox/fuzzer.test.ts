import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { SandboxError } from '../../../src/core/errors.ts';
import type { CellResult, Sandbox, SandboxFactory } from '../../../src/core/sandbox.ts';
import { fuzz } from '../../escapes/fuzzer.ts';

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

/** A sandbox whose cells run in this very process. */
function openFactory(run: (code: string) => Promise<CellResult>): SandboxFactory {
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
	return { create: async () => sandbox, prepare: () => {}, dispose: async () => {} };
}

const proofIn = (code: string) => /'(\/[^']*\/proof)'|"(\/[^"]*\/proof)"|touch (\/[^'"]*\/proof)/.exec(code);

it.each<[string, (code: string) => Promise<CellResult>]>([
	['read the environment', async () => ({ ...EMPTY, stdout: `${process.env.RLM_CANARY}` })],
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
	const { findings } = await fuzz(openFactory(run), 1, 200);
	expect(findings[0]?.problem).toContain(problem);
});

it('a sandbox that does nothing passes', async () => {
	expect(
		await fuzz(
			openFactory(async () => EMPTY),
			1,
			50,
		),
	).toEqual({ cells: 50, restarts: 0, findings: [], leaked: 0 });
});
