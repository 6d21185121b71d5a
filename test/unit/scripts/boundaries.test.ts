import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { boundaryProblems, forbidden, ROOMS } from '../../../scripts/boundaries.ts';
import { circles, importsOf } from '../../../scripts/importGraph.ts';

/** What is forbidden in a source text that lies in that file. */
function problemsOf(file: string, source: string): readonly string[] {
	return forbidden(importsOf(file, source));
}

/** A file of a room, two folders down where the room has folders. */
function fileOf(room: string): string {
	return room === 'src' ? 'src/planted.ts' : `${room}/one/two/planted.ts`;
}

/** The import of a file of another room, as it has to be written in `from`. */
function specifier(from: string, to: string): string {
	return `./${path.posix.relative(path.posix.dirname(from), to)}`;
}

describe('the order of the rooms', () => {
	it('is kept by every file of the product', () => {
		expect(boundaryProblems(path.join(import.meta.dirname, '../../..'))).toEqual([]);
	});

	describe.each(Object.entries(ROOMS))('in %s', (room, allowed) => {
		const file = fileOf(room);
		const words = allowed.split(/\s+/);
		const strangers = Object.keys(ROOMS).filter((name) => name !== room && !words.includes(name));

		it('finds an import of any room that is not named, however it is written', () => {
			for (const stranger of strangers) {
				const to = specifier(file, fileOf(stranger));
				for (const source of [
					`import { x } from '${to}';`,
					`import type { X } from '${to}';`,
					`import {\n\tx,\n\ttype Y,\n} from '${to}';`,
					`export * from '${to}';`,
					`import '${to}';`,
					`const x = await import('${to}');`,
					`let x: import('${to}').X;`,
				]) {
					expect(problemsOf(file, source), source).toHaveLength(1);
				}
			}
			expect(strangers.length).toBeGreaterThan(0);
		});

		it('allows what is named, and the room itself', () => {
			for (const name of words.filter((word) => Object.hasOwn(ROOMS, word))) {
				expect(problemsOf(file, `import { x } from '${specifier(file, fileOf(name))}';`)).toEqual([]);
			}
			expect(problemsOf(file, `import { x } from './other.ts';`)).toEqual([]);
		});

		it.each([
			['node:', 'node:fs'],
			['npm:', 'valibot'],
			['vscode', 'vscode'],
		])('lets %s in only where it is named', (word, name) => {
			expect(problemsOf(file, `import { x } from '${name}';`)).toHaveLength(words.includes(word) ? 0 : 1);
		});

		it('lets nothing of the tests and scripts in', () => {
			expect(problemsOf(file, `import { x } from '${specifier(file, 'test/support/x.ts')}';`)).toHaveLength(1);
		});
	});

	it('lets only the editor import vscode, and keeps Node out of core and pages', () => {
		const named = (word: string) => Object.keys(ROOMS).filter((room) => ROOMS[room]?.split(/\s+/).includes(word));
		expect(named('vscode')).toEqual(['src/vscode']);
		expect(named('node:')).not.toContain('src/core');
		expect(named('node:')).not.toContain('webview');
	});

	it('itself has no circle', () => {
		const edges = Object.entries(ROOMS).flatMap(([from, allowed]) =>
			allowed.split(/\s+/).map((to) => ({ from, to, specifier: to, kind: 'value' as const })),
		);
		expect(circles(edges)).toEqual([]);
	});
});

describe('a circle of imports', () => {
	const file = (name: string, source: string) => importsOf(name, source);

	it('is found when files need each other in order to load', () => {
		const imports = [
			...file('src/a.ts', `import { b } from './b.ts';`),
			...file('src/b.ts', `import { c } from './deep/c.ts';`),
			...file('src/deep/c.ts', `export { a } from '../a.ts';`),
		];
		expect(circles(imports)).toEqual([['src/a.ts', 'src/b.ts', 'src/deep/c.ts']]);
	});

	it('is none when one of them imports types only, or later', () => {
		const a = file('src/a.ts', `import { b } from './b.ts';`);
		expect(circles([...a, ...file('src/b.ts', `import type { A } from './a.ts';`)])).toEqual([]);
		expect(circles([...a, ...file('src/b.ts', `const { a } = await import('./a.ts');`)])).toEqual([]);
	});
});
