import { describe, expect, it } from 'vitest';
import { IgnoreRules } from '../../../src/context/ignoreRules.ts';

function kept(rules: IgnoreRules, ...paths: string[]): string[] {
	return paths.filter((path) => rules.decide(path.replace(/\/$/, ''), path.endsWith('/')) === 'keep');
}

describe('ignore rules', () => {
	it('let deeper files win and obey negation', () => {
		const outer = IgnoreRules.create().within('', { '.gitignore': '*.log\n/build\n# comment\n\n!keep.log\r\n' });
		expect(kept(outer, 'a.log', 'keep.log', 'src/keep.log', 'build/', 'src/build/')).toEqual([
			'keep.log',
			'src/keep.log',
			'src/build/',
		]);
		const inner = outer.within('src/deep', { '.gitignore': '!debug.log\nkeep.log\n/local.txt\n' });
		expect(kept(inner, 'src/deep/debug.log', 'src/deep/x/debug.log', 'src/deep/keep.log')).toEqual([
			'src/deep/debug.log',
			'src/deep/x/debug.log',
		]);
		expect(kept(inner, 'src/deep/local.txt', 'src/deep/x/local.txt')).toEqual(['src/deep/x/local.txt']);
	});

	it('bring nothing back below an ignored folder', () => {
		const rules = IgnoreRules.create()
			.within('', { '.gitignore': 'out/\n!out/keep.txt\n' })
			.within('out', { '.gitignore': '!keep.txt\n' });
		expect(kept(rules, 'out/', 'out/keep.txt', 'out')).toEqual(['out']);
	});

	it('let .rlmignore take back what git ignores, also in folders below', () => {
		const rules = IgnoreRules.create()
			.within('', { '.rlmignore': '!dist/\ndocs/\n', '.gitignore': 'dist/\n*.log\n' })
			.within('dist', { '.gitignore': 'private.txt\n' });
		expect(kept(rules, 'dist/', 'dist/a.js', 'dist/a.log', 'dist/private.txt', 'docs/a.md')).toEqual([
			'dist/',
			'dist/a.js',
		]);
	});

	it('report what only git ignores, because git may track it', () => {
		const rules = IgnoreRules.create().within('', { '.rlmignore': 'both.txt\n', '.gitignore': 'git.txt\nboth.txt\n' });
		expect(['git.txt', 'both.txt', 'node_modules'].map((path) => rules.decide(path, false))).toEqual([
			'untracked',
			'ignored',
			'excluded',
		]);
	});

	it('start over in a nested repository, except for .rlmignore', () => {
		const rules = IgnoreRules.create()
			.within('', { '.gitignore': '*.log\n', '.rlmignore': '*.tmp\n' })
			.inRepository('lib', ['*.bak\n', '/local\n']);
		expect(kept(rules, 'lib/a.log', 'lib/a.tmp', 'lib/a.bak', 'lib/local/', 'lib/x/local/')).toEqual([
			'lib/a.log',
			'lib/x/local/',
		]);
	});

	it('put the exclude map last and let `false` switch a default off', () => {
		const rules = IgnoreRules.create({ '**/*.min.js': false, '**/*.{csv,tsv}': true }).within('', {
			'.rlmignore': '!node_modules/\n!a.csv\n',
		});
		expect(kept(rules, 'node_modules/', 'a.csv', 'b.tsv', 'c.min.js', 'a.ts')).toEqual(['c.min.js', 'a.ts']);
	});

	it('apply the exclude map below the collected folder only', () => {
		const rules = IgnoreRules.create({ '/local': true }, 'node_modules/pkg');
		expect(kept(rules, 'node_modules/pkg/a.js', 'node_modules/pkg/local/', 'node_modules/pkg/node_modules/')).toEqual([
			'node_modules/pkg/a.js',
		]);
	});

	it('treat special characters in folder names as text', () => {
		const rules = IgnoreRules.create().within('app/[id] (1)', { '.gitignore': '*.tmp\n!/keep.tmp' });
		expect(kept(rules, 'app/[id] (1)/a.tmp', 'app/[id] (1)/keep.tmp', 'app/i (1)/a.tmp')).toEqual([
			'app/[id] (1)/keep.tmp',
			'app/i (1)/a.tmp',
		]);
	});
});

describe('lines of a hostile ignore file', () => {
	const deep = `${'a/'.repeat(90)}c`;

	it('with many ** are matched, and leave out more rather than less', () => {
		const rules = IgnoreRules.create().within('', { '.gitignore': `${'a/**/'.repeat(12)}b\n*.log\n` });
		expect(kept(rules, 'a/x', deep, 'x.log')).toEqual(['a/x']);
		const negated = rules.within('', { '.gitignore': `!${'a/**/'.repeat(12)}b\n` });
		expect(kept(negated, deep)).toEqual([]);
	});

	it('that are longer than any path are skipped', () => {
		const rules = IgnoreRules.create().within('', {
			'.gitignore': `${' '.repeat(1_000_000)}x\n${'[a]'.repeat(300_000)}\nb\n`,
		});
		expect(kept(rules, 'a', 'b')).toEqual(['a']);
	});
});
