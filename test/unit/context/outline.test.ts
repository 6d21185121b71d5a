import { describe, expect, it } from 'vitest';
import { markdownHeadings } from '../../../src/context/documentOutline.ts';
import { outline } from '../../../src/context/outline.ts';
import { viewOf } from './support.ts';

/** `kind name first-last`, indented by depth. */
async function outlined(path: string, text: string): Promise<string[]> {
	const items = outline(await viewOf({ [path]: text }), path) ?? [];
	return items.map(({ kind, name, line, endLine, depth }) => `${'  '.repeat(depth)}${kind} ${name} ${line}-${endLine}`);
}

describe('an outline', () => {
	it('of TypeScript', async () => {
		const text = `import x from 'x';
/*
function inComment() {
*/
export default class Pool<T> extends Base {
	#count = 0;
	constructor(readonly size: number) {
		super();
	}
	async take(
		signal: AbortSignal,
	): Promise<T> {
		if (signal.aborted) {
			return stop(this);
		}
	}
	get length(): number { return 1; }
}
export const limit = 3;
const double = (x: number): number => x * 2;
export type Name = string;
export interface Shape {
	area(): number;
}
enum Color { Red }
async function* steps() {
}
`;
		expect(await outlined('a.ts', text)).toEqual([
			'class Pool 5-18',
			'  method constructor 7-9',
			'  method take 10-16',
			'  method length 17-17',
			'constant limit 19-19',
			'function double 20-20',
			'type Name 21-21',
			'interface Shape 22-24',
			'enum Color 25-25',
			'function steps 26-27',
		]);
	});

	it('of Python', async () => {
		const text = `"""Module.
def not_this():
"""
class A(B):
    """One line."""
    x = 1

    async def run(self):
        def inner():
            pass

        return inner

@decorated
def main(): ...
`;
		expect(await outlined('a.py', text)).toEqual([
			'class A 4-12',
			'  function run 8-12',
			'    function inner 9-10',
			'function main 15-15',
		]);
	});

	it.each([
		[
			'a.rs',
			'pub struct P {\n}\nimpl<T> Show for P {\n    pub(crate) async fn go(&self) {\n    }\n}\nmacro_rules! m {\n}',
			['struct P 1-2', 'impl Show for P 3-6', '  fn go 4-5', 'macro m 7-8'],
		],
		[
			'a.go',
			'type S struct {\n}\nfunc (s *S) Get() int {\n}\nfunc main() {\n}',
			['struct S 1-2', 'method Get 3-4', 'function main 5-6'],
		],
		[
			'A.java',
			'public class A {\n    private final int x = f(1);\n    public A(int x) {\n    }\n    @Override\n    public List<String> names(int n) throws E {\n        return call(n);\n    }\n}',
			['class A 1-9', '  constructor A 3-4', '  method names 6-8'],
		],
		[
			'A.cs',
			'namespace N\n{\n    public sealed class C\n    {\n        public async Task<int> RunAsync(string s)\n        {\n        }\n    }\n}',
			['namespace N 1-9', '  class C 3-8', '    method RunAsync 5-7'],
		],
		[
			'a.kt',
			'data class P(val x: Int)\nsuspend fun <T> List<T>.second(): T {\n}',
			['class P 1-1', 'function second 2-3'],
		],
		[
			'a.c',
			'#define MAX(a, b) ((a) > (b))\nstruct point {\n  int x;\n};\nstatic int *find(const char *name)\n{\n  return f(name);\n}\nint declared(void);',
			['macro MAX 1-1', 'struct point 2-4', 'function find 5-8'],
		],
		[
			'a.cpp',
			'namespace n {\nclass Q : public R {\n};\n}\nvoid Q::go(int x) {\n}',
			['namespace n 1-1', 'class Q 2-3', 'function Q::go 5-6'],
		],
		[
			'a.rb',
			'module M\n  class A < B\n    def go?(x)\n    end\n  end\nend',
			['module M 1-6', '  class A 2-5', '    method go? 3-4'],
		],
		[
			'a.php',
			'<?php\nfinal class A {\n    public static function make(): self {\n    }\n}',
			['class A 2-5', '  function make 3-4'],
		],
		['run.sh', 'build() {\n  make\n}\nfunction deploy {\n  x\n}', ['function build 1-3', 'function deploy 4-6']],
		['tool', '#!/usr/bin/env python3\ndef main():\n    pass\n', ['function main 2-3']],
		[
			'a.md',
			'# One\ntext\n```\n# no\n```\n## Two\nx\nThree\n=====\n',
			['heading One 1-7', '  heading Two 6-7', 'heading Three 8-9'],
		],
		['a.json', '{\n  "a": {\n    "inner": 1\n  },\n  "b": "x: {"\n}\n', ['key a 2-4', 'key b 5-5']],
		['a.yaml', '# c\non: push\njobs:\n  build:\n    x: 1\n', ['key on 2-2', 'key jobs 3-5']],
		['a.toml', 'name = "x"\n[tool.a]\nb = 1\n', ['key name 1-1', 'table tool.a 2-2', 'key b 3-3']],
	])('of %s', async (path, text, expected) => {
		expect(await outlined(path, text)).toEqual(expected);
	});

	it('is empty for an unknown language and undefined for an unknown file', async () => {
		const view = await viewOf({ 'a.xyz': 'def a():\n' });
		expect(outline(view, 'a.xyz')).toEqual([]);
		expect(outline(view, 'b.py')).toBeUndefined();
	});
});

it('headings are found in a text of nothing else, however many or long', () => {
	const headings = markdownHeadings([...Array(100_000).fill('## a'), `# b${' '.repeat(500_000)}x ## `, '### c']);
	expect(headings).toHaveLength(100_002);
	expect(headings[0]).toMatchObject({ name: 'a', line: 1, endLine: 1 });
	expect(headings.at(-2)).toMatchObject({ line: 100_001, endLine: 100_002, depth: 0 });
	expect(headings.at(-2)?.name.endsWith('x')).toBe(true);
});
