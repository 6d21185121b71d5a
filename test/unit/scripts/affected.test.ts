import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { affectedTests, distancesTo } from '../../../scripts/affected.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

/** What `npm run test:quick` would run or leave out after a change of this file, by distance. */
function reached(file: string): readonly string[] {
	const { chosen, left } = affectedTests(ROOT, [file]);
	return [...chosen, ...left].map((test) => path.basename(test));
}

describe('the integration tests that a change can break', () => {
	it('are those that import the file, over any number of steps', () => {
		expect(reached('src/models/ollama.ts')).toContain('models.test.ts');
		expect(reached('src/core/parse.ts')).toContain('golden.test.ts');
		expect(reached('test/support/scriptedServer.ts')).toContain('pool.test.ts');
	});

	it('are those that start the command line as a built file', () => {
		expect(reached('src/cli/format.ts')).toContain('cliQuery.test.ts');
	});

	it('are those whose sandbox loads the file in a thread or a process', () => {
		expect(reached('src/sandbox/guest/realm/firewall.ts')).toContain('sandboxEscapes.test.ts');
		expect(reached('src/sandbox/guest/process/lockdown.ts')).toContain('isolation.test.ts');
	});

	it('are none for a text, and the test itself when it has changed', () => {
		expect(reached('README.md')).toEqual([]);
		expect(affectedTests(ROOT, ['test/integration/pool.test.ts']).chosen).toEqual(['test/integration/pool.test.ts']);
	});

	it('are a bounded number, all of which are there', () => {
		const { chosen, left } = affectedTests(ROOT, ['src/core/errors.ts']);
		expect(left.length).toBeGreaterThan(0);
		expect(chosen.length).toBeLessThan(20);
		expect([...chosen, ...left].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
	});

	it('come in the order of their distance', () => {
		const users = new Map([
			['a', new Set(['b', 'far'])],
			['b', new Set(['c'])],
			['c', new Set(['far', 'a'])],
		]);
		expect([...distancesTo(users, ['a'])]).toEqual([
			['a', 0],
			['b', 1],
			['far', 1],
			['c', 2],
		]);
	});
});
