import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thirdPartyNotices } from '../../../scripts/notices.ts';
import {
	filesOfPackage,
	hashOfPackage,
	LICENCES,
	namedModules,
	packagesFolder,
	readPackageFile,
	readPackages,
} from '../../../scripts/python-packages.ts';
import { BUNDLED_MODULES } from '../../../src/core/prompt/bundledModules.ts';

const root = join(import.meta.dirname, '../../..');
const packages = readPackages();

describe('vendor/python', () => {
	it('has the packages of the manifest and no others', () => {
		expect(readdirSync(packagesFolder).sort()).toEqual([...packages.map(({ name }) => name), 'manifest.json'].sort());
	});

	it.each(packages.map((entry) => [entry.name, entry] as const))('%s is as it was taken over', (name, entry) => {
		expect(hashOfPackage(name)).toBe(entry.filesHash);
		expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
		const files = filesOfPackage(name);
		const isAllowed = new RegExp(`^(${entry.module}\\.py|${entry.module}/.+\\.py|.+/py\\.typed|${LICENCES}/[^/]+)$`);
		expect(files.filter((path) => !isAllowed.test(path))).toEqual([]);
		expect(files.some((path) => path.startsWith(`${LICENCES}/`))).toBe(true);
		expect(files.some((path) => /(^|\/)tests?\//.test(path))).toBe(false);
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
		for (const { name, version, licence } of packages) {
			expect(notices).toContain(`## ${name} ${version} (Python package)\n\nLicence: ${licence}\n`);
			for (const path of filesOfPackage(name).filter((file) => file.startsWith(`${LICENCES}/`)))
				expect(notices).toContain(readPackageFile(name, path).toString().trim());
		}
	});
});
