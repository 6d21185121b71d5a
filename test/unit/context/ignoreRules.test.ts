import { describe, expect, it } from 'vitest';
import { IgnoreRules } from '../../../src/context/ignoreRules.ts';

function kept(rules: IgnoreRules, ...paths: string[]): string[] {
	return paths.filter((path) => rules.decide(path.replace(/\/$/, ''), path.endsWith('/')) === 'keep');
}

describe('ignore rules', () => {
	it('let deeper files win and obey negation', () => {
		const rules = new IgnoreRules();
		rules.add('', '.gitignore', '*.log\n/build\n# comment\n\n!keep.log\r\n');
		rules.add('src/deep', '.gitignore', '!debug.log\nkeep.log\n/local.txt\n');
		expect(kept(rules, 'a.log', 'keep.log', 'src/keep.log', 'build/', 'src/build/')).toEqual([
			'keep.log',
			'src/keep.log',
			'src/build/',
		]);
		expect(kept(rules, 'src/deep/debug.log', 'src/deep/x/debug.log', 'src/deep/keep.log')).toEqual([
			'src/deep/debug.log',
			'src/deep/x/debug.log',
		]);
		expect(kept(rules, 'src/deep/local.txt', 'src/deep/x/local.txt')).toEqual(['src/deep/x/local.txt']);
	});

	it('bring nothing back below an ignored folder', () => {
		const rules = new IgnoreRules();
		rules.add('', '.gitignore', 'out/\n!out/keep.txt\n');
		rules.add('out', '.gitignore', '!keep.txt\n');
		expect(kept(rules, 'out/', 'out/keep.txt', 'out')).toEqual(['out']);
	});

	it('let .rlmignore take back what git ignores, in whichever order they are added', () => {
		const rules = new IgnoreRules();
		rules.add('', '.rlmignore', '!dist/\ndocs/\n');
		rules.add('', '.gitignore', 'dist/\n*.log\n');
		rules.add('dist', '.gitignore', 'private.txt\n');
		expect(kept(rules, 'dist/', 'dist/a.js', 'dist/a.log', 'dist/private.txt', 'docs/a.md')).toEqual([
			'dist/',
			'dist/a.js',
		]);
	});

	it('put the exclude map last and let `false` switch a default off', () => {
		const rules = new IgnoreRules({ '**/*.min.js': false, '**/*.{csv,tsv}': true });
		rules.add('', '.rlmignore', '!node_modules/\n!a.csv\n');
		const paths = ['node_modules/', 'a.csv', 'b.tsv', 'c.min.js', '.env', '.env.example', 'keys/server.pem', 'a.ts'];
		expect(kept(rules, ...paths)).toEqual(['c.min.js', '.env.example', 'a.ts']);
	});

	it('apply the exclude map below the collected folder only', () => {
		const rules = new IgnoreRules({ '/local': true }, 'node_modules/pkg');
		expect(kept(rules, 'node_modules/pkg/a.js', 'node_modules/pkg/local/', 'node_modules/pkg/node_modules/')).toEqual([
			'node_modules/pkg/a.js',
		]);
	});

	it('treat special characters in folder names as text', () => {
		const rules = new IgnoreRules();
		rules.add('app/[id] (1)', '.gitignore', '*.tmp\n!/keep.tmp');
		expect(kept(rules, 'app/[id] (1)/a.tmp', 'app/[id] (1)/keep.tmp', 'app/i (1)/a.tmp')).toEqual([
			'app/[id] (1)/keep.tmp',
			'app/i (1)/a.tmp',
		]);
	});
});
