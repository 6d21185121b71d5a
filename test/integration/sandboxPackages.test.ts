import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readPackages, sourcesOf } from '../../scripts/python-packages.ts';
import type { Sandbox, SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { BUNDLED_MODULES } from '../../src/core/prompt/bundledModules.ts';
import { createSandboxes, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

/** A loop in C that looks at no signal. */
const UNINTERRUPTIBLE = 'sum(range(10**13))';

/** For each package what a model would use it for, and what that prints. */
const USES: Readonly<Record<string, readonly [code: string, printed: string]>> = {
	yaml: [
		"import yaml\nvalue = yaml.safe_load('on_push:\\n  - {name: build, needs: [lint, test]}')\nprint(value, yaml.safe_dump({'b': 1}))",
		"{'on_push': [{'name': 'build', 'needs': ['lint', 'test']}]} b: 1",
	],
	bs4: [
		"from bs4 import BeautifulSoup\nsoup = BeautifulSoup('<ul><li><a href=\"/x\">one<li>two</ul><script>no()</script>', 'html.parser')\nprint(soup.select_one('li > a')['href'], soup.ul.get_text(' '))",
		'/x one two',
	],
	dateutil: [
		"from dateutil import parser, relativedelta\nat = parser.parse('3 March 2024 5:06pm +02:00')\nprint(at.isoformat(), (at + relativedelta.relativedelta(months=1)).date())",
		'2024-03-03T17:06:00+02:00 2024-04-03',
	],
	json5: [
		"import json5\nprint(json5.loads('{// strict\\n compilerOptions: {strict: true,},}'))",
		"{'compilerOptions': {'strict': True}}",
	],
	markdown_it: [
		"from markdown_it import MarkdownIt\ntokens = MarkdownIt().enable('table').parse('# Title\\n\\n| a |\\n|---|\\n| b |')\nprint([(t.type, t.map) for t in tokens if t.type in ('heading_open', 'table_open')])",
		"[('heading_open', [0, 1]), ('table_open', [2, 5])]",
	],
	more_itertools: [
		'import more_itertools\nprint(list(more_itertools.chunked(range(5), 2)), list(more_itertools.windowed(range(3), 2)))',
		'[[0, 1], [2, 3], [4]] [(0, 1), (1, 2)]',
	],
	packaging: [
		"from packaging.version import Version\nfrom packaging.requirements import Requirement\nneeded = Requirement('a[b]>=1.2,<2; python_version < \"4\"')\nprint(Version('1.10') > Version('1.9'), needed.specifier.contains('1.9'), needed.marker.evaluate())",
		'True True True',
	],
	pathspec: [
		"import pathspec\nspec = pathspec.PathSpec.from_lines('gitignore', ['*.log', '!keep.log', 'build/'])\nprint([path for path in ('a.log', 'keep.log', 'build/x.c', 'a.c') if spec.match_file(path)])",
		"['a.log', 'build/x.c']",
	],
	sqlparse: [
		"import sqlparse\nstatements = sqlparse.parse('select 1; insert into t values (2);')\nprint([s.get_type() for s in statements], sqlparse.format('select a from b', reindent=True))",
		"['SELECT', 'INSERT'] select a\nfrom b",
	],
	tabulate: [
		"from tabulate import tabulate\nprint(tabulate([['a', 1]], headers=['name', 'count'], tablefmt='github'))",
		'| name   |   count |\n|--------|---------|\n| a      |       1 |',
	],
	unidiff: [
		"import unidiff\npatch = unidiff.PatchSet('--- a/x.py\\n+++ b/x.py\\n@@ -1,2 +1,2 @@\\n same\\n-old\\n+new\\n')\nprint([(f.path, f.added, f.removed) for f in patch])",
		"[('x.py', 1, 1)]",
	],
	xmltodict: [
		"import xmltodict\nprint(xmltodict.parse('<a><b id=\"1\">x</b><b/></a>'), xmltodict.unparse({'a': '<'})[-11:])",
		"{'a': {'b': [{'@id': '1', '#text': 'x'}, None]}} <a>&lt;</a>",
	],
};

let factory: SandboxFactory;
let sandbox: Sandbox;

const start = async () => {
	factory = createSandboxes();
	sandbox = await factory.create(sandboxOptions(), neverAborted);
};
const stop = () => factory.dispose();

const run = (code: string, options = {}) => runCell(sandbox, code, options);

/** What the use of each package prints, and what it should print. */
async function useAll(): Promise<{ found: object; expected: object }> {
	const found: Record<string, string> = {};
	for (const [module, [code]] of Object.entries(USES)) {
		const { stdout, stderr, error } = await run(code);
		found[module] = `${stdout}${stderr}${error?.traceback ?? ''}`.trim().replaceAll(/ +\n/g, '\n');
	}
	const expected = Object.fromEntries(Object.entries(USES).map(([module, [, printed]]) => [module, printed]));
	return { found, expected };
}

describe('a bundled package', () => {
	beforeEach(start);
	afterEach(stop);

	it('has a use here, each of them', () => {
		expect(Object.keys(USES).sort()).toEqual(BUNDLED_MODULES);
	});

	it('does what it is there for in a fresh sandbox, and again in one that came back after it had to be killed', async () => {
		const fresh = await useAll();
		expect(fresh.found).toEqual(fresh.expected);
		expect((await run(UNINTERRUPTIBLE, { timeoutMs: 300 })).restart).toMatchObject({ isRestored: true });
		expect((await run("print(yaml.safe_load('a: 1'), soup.a['href'])")).stdout).toBe("{'a': 1} /x\n");
		const restored = await useAll();
		expect(restored.found).toEqual(restored.expected);
	});

	it('is imported for the first time after the sandbox came back', async () => {
		await run('kept = 1');
		expect((await run(UNINTERRUPTIBLE, { timeoutMs: 300 })).restart).toMatchObject({ isRestored: true });
		const { found, expected } = await useAll();
		expect(found).toEqual(expected);
	});

	it('can be imported whole, without bringing in what is refused', async () => {
		const modules = readPackages().flatMap((entry) =>
			sourcesOf(entry).map(([path]) => path.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.')),
		);
		const code = `import importlib, sys
failed = {}
for name in ${JSON.stringify(modules)}:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = str(error)
print(len(failed), failed)
print([name for name in ("subprocess", "socket", "ssl", "ctypes", "multiprocessing", "urllib.request") if name in sys.modules])`;
		expect((await run(code)).stdout).toBe('0 {}\n[]\n');
	});

	it('has a traceback that names its place, and survives a reload', async () => {
		const { error } = await run("import yaml\nyaml.safe_load('a: [')");
		expect(error).toMatchObject({ type: 'ParserError', line: 2 });
		expect(error?.traceback).toContain('site-packages/yaml/parser.py');
		expect((await run('import importlib, json5\nprint(importlib.reload(json5).loads("1"))')).stdout).toBe('1\n');
	});

	it('uses the builtins of the cells, not those of the runtime', async () => {
		expect((await run('import json5, builtins\njson5.__builtins__ is builtins.__dict__')).stdout).toBe('True\n');
	});

	it('is known to importlib.metadata', async () => {
		const code = `from importlib import metadata
print(*(f'{d.name} {d.version}' for d in metadata.distributions()), sep='\\n')
print(metadata.version('Python.Dateutil') == metadata.version('python-dateutil'), metadata.packages_distributions()['bs4'])
metadata.version('numpy')`;
		const { stdout, error } = await run(code);
		const names = readPackages().map(({ name, version }) => `${name} ${version}`);
		expect(stdout).toBe(`${names.join('\n')}\nTrue ['beautifulsoup4']\n`);
		expect(error).toMatchObject({ type: 'PackageNotFoundError', message: expect.stringContaining('numpy') });
	});
});

describe('what is not there', () => {
	beforeAll(start);
	afterAll(stop);

	it.each([
		['numpy.linalg', 'numpy', 'statistics, math'],
		['pandas', 'pandas', 'csv, sqlite3'],
		['requests', 'requests', 'no network'],
		['regex', 'regex', 'use re'],
		['tiktoken', 'tiktoken', 'len(text) // 4'],
		['lxml.etree', 'lxml', 'bs4'],
		['networkx', 'networkx', 'graphlib'],
		['tomli', 'tomli', 'tomllib'],
		['subprocess', 'subprocess', 'no other processes'],
		['tkinter', 'tkinter', 'part of the standard library'],
		['pyyaml', 'pyyaml', 'import yaml'],
		['beautifulsoup4', 'beautifulsoup4', 'import bs4'],
		['pip', 'pip', 'nothing can be installed'],
	])('import %s says what to do instead', async (name, missing, advice) => {
		const { error } = await run(`import ${name}`);
		expect(error).toMatchObject({ type: 'ModuleNotFoundError', line: 1 });
		expect(error?.message).toMatch(new RegExp(`^No module named '${missing}`));
		expect(error?.message).toContain(advice);
		expect(error?.message.split('\n')).toHaveLength(1);
	});

	it('names the packages that are there when nothing comes close', async () => {
		const { error } = await run('import no_such_module');
		for (const name of BUNDLED_MODULES) expect(error?.message).toContain(name);
		expect(error?.message).toContain('the standard library');
	});

	it.each(['!pip install numpy', 'x = 1\n%pip install numpy', 'pip install numpy'])(
		'explains that nothing is installed by %j',
		async (code) => {
			const { error } = await run(code);
			expect(error?.type).toBe('SyntaxError');
			expect(error?.hint).toContain('nothing can be installed');
		},
	);
});
