/** Bundled packages that Python code can import beside the standard library. Written by scripts/lock-python.ts. */
export const BUNDLED_MODULES: readonly string[] = [
	'bs4',
	'dateutil',
	'json5',
	'markdown_it',
	'more_itertools',
	'packaging',
	'pathspec',
	'sqlparse',
	'tabulate',
	'unidiff',
	'xmltodict',
	'yaml',
];
