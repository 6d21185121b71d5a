import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thirdPartyNotices } from '../../../scripts/notices.ts';
import { licencesOf, namedModules, readPackages, sourcesOf } from '../../../scripts/python-packages.ts';
import { BUNDLED_MODULES } from '../../../src/core/prompt/bundledModules.ts';

const root = join(import.meta.dirname, '../../..');
const packages = readPackages();

describe('the lock of the bundled packages', () => {
	it('names those of the list and no others, each with the hash of one wheel', () => {
		const lock = readFileSync(join(root, 'scripts/python-packages.lock'), 'utf8').replaceAll(/^#.*\n/gm, '');
		const entries = [...lock.matchAll(/([\w.-]+)==([\w.]+) \\\n {4}--hash=sha256:[0-9a-f]{64}\n/g)];
		expect(entries.map(([all]) => all).join('')).toBe(lock);
		expect(entries.map(([, name]) => name).sort()).toEqual(packages.map(({ name }) => name).sort());
	});

	it.each(packages.map((entry) => [entry.name, entry] as const))('brings %s with its licences', (_, entry) => {
		const paths = sourcesOf(entry).map(([path]) => path);
		expect(paths).toContainEqual(expect.stringMatching(new RegExp(`^${entry.module}(/__init__)?\\.py$`)));
		expect(paths.filter((path) => /(^|\/)tests?\//.test(path))).toEqual([]);
		for (const left of entry.leftOut ?? []) expect(paths.filter((path) => path.startsWith(left))).toEqual([]);
		expect(licencesOf(entry).join('\n')).toMatch(/copyright|licen[cs]e/i);
	});

	it('has for each dependency the package that needs it', () => {
		const names = packages.map(({ name }) => name);
		expect(packages.flatMap(({ neededBy }) => neededBy ?? []).filter((name) => !names.includes(name))).toEqual([]);
	});

	it('is what prompts name', () => {
		expect(BUNDLED_MODULES).toEqual(namedModules(packages));
	});
});

describe('the documents', () => {
	it('list each package with its version, licence and size', () => {
		const built = JSON.parse(readFileSync(join(root, 'dist/vault/manifest.json'), 'utf8')) as {
			packages: { name: string; bytes: number }[];
		};
		const document = readFileSync(join(root, 'docs/sandbox-packages.md'), 'utf8');
		const rows = [...document.matchAll(/^\| `(\S+)` \| (\S+) (\S+) \| (.+) \| (\d+) \| (.+) \|$/gm)];
		expect(rows.map((row) => row.slice(1, 5))).toEqual(
			packages.map(({ module, name, version, licence }) => [module, name, version, licence]),
		);
		expect(rows.map((row) => row[6])).toEqual(packages.map(({ use }) => use));
		for (const [index, row] of rows.entries()) {
			const bytes = built.packages[index]?.bytes ?? 0;
			// The order in compiled sets depends on chance, and with it a few bytes.
			expect(Math.abs(Number(row[5]) - bytes / 1000), row[1]).toBeLessThan(1);
		}
	});

	it('carry the licences of all packages into the notices', () => {
		const notices = thirdPartyNotices(root, { inputs: {}, outputs: {} });
		for (const entry of packages) {
			const { name, version, licence } = entry;
			expect(notices).toContain(`## ${name} ${version} (Python package)\n\nLicence: ${licence}\n`);
			for (const text of licencesOf(entry)) expect(notices).toContain(text);
		}
	});
});
