import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImports } from '../../../scripts/build-vault.ts';
import { KEPT_IMPORTS, REFUSED_IMPORTS } from '../../../src/sandbox/guest/realm/imports.ts';

const root = join(import.meta.dirname, '../../..');
const recorded = readFileSync(join(root, 'src/sandbox/guest/realm/recordedImports.txt'), 'utf8').trim().split('\n');

describe('the allow list', () => {
	it('is audited name by name', () => {
		const document = readFileSync(join(root, 'docs/sandbox-imports.md'), 'utf8');
		const rows = [...document.matchAll(/^\| `(\w+)` \| .+ \| .+ \|$/gm)].map((row) => row[1]);
		expect(rows.sort()).toEqual([...KEPT_IMPORTS].sort());
	});

	it('names imports of the module alone, and none that is refused', () => {
		expect(KEPT_IMPORTS.filter((name) => !recorded.includes(name))).toEqual([]);
		expect(KEPT_IMPORTS.filter((name) => REFUSED_IMPORTS.has(name))).toEqual([]);
	});
});

describe('the build', () => {
	it('takes the module that the firewall was written for', () => {
		expect(() => checkImports(recorded)).not.toThrow();
	});

	it.each([
		['has one more', [...recorded, '__syscall_new']],
		['has one less', recorded.slice(1)],
		['has one in place of another', ['_emscripten_new', ...recorded.slice(1)]],
	])('refuses a module whose list of imports %s', (_what, names) => {
		expect(() => checkImports(names)).toThrow(/imports other functions/);
	});
});
