/** What an outline needs to know about a programming language. */
export interface Language {
	/** Delimiters of multi-line comments and strings. */
	readonly blocks: readonly (readonly [opening: string, closing: string])[];
	declaration(line: string): { readonly kind: string; readonly name: string } | undefined;
}

/** A pattern with the groups `name` and, unless `kind` is given, `kind`. */
interface Rule {
	readonly pattern: RegExp;
	readonly kind?: string;
}

const C_COMMENTS = [['/*', '*/']] as const;
/** Words before a name that look like a call or a type but start a statement. */
const STATEMENTS =
	/^\s*(?:if|else|for|foreach|while|do|switch|case|return|throw|throws|new|await|yield|delete|typeof|using|lock|catch|try|finally|goto|sizeof|assert|package|import|in|instanceof|is|as|not|and|or|with|synchronized|when|super|this)\b/;

const TYPESCRIPT = language(C_COMMENTS, [
	{
		pattern:
			/^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const\s+(?=enum))?(?<kind>class|interface|enum|namespace|module|function)\b\s*\*?\s*(?<name>[\w$.]+)/,
	},
	{ pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?<kind>type)\s+(?<name>[\w$]+)\s*(?:<.*)?=/ },
	{
		pattern:
			/^\s*(?:export\s+)?(?:const|let|var)\s+(?<name>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>|\($)/,
		kind: 'function',
	},
	{ pattern: /^(?:export\s+)(?:const|let|var)\s+(?<name>[\w$]+)/, kind: 'constant' },
	{
		pattern:
			/^\s+(?:(?:public|private|protected|static|readonly|override|abstract|async|get|set)\s+)*\*?(?<name>#?[A-Za-z_$][\w$]*)\s*(?:<[^(]*>)?\((?:[^;]*\)\s*(?::[^;=]+)?\{\s*(?:\}|.*\})?|)\s*$/,
		kind: 'method',
	},
]);

const PYTHON = language(
	[
		['"""', '"""'],
		["'''", "'''"],
	],
	[
		{ pattern: /^\s*(?<kind>class)\s+(?<name>\w+)/ },
		{ pattern: /^\s*(?:async\s+)?def\s+(?<name>\w+)/, kind: 'function' },
	],
);

const RUST = language(C_COMMENTS, [
	{
		pattern:
			/^\s*(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+(?=unsafe|extern|fn|async))?(?:async\s+)?(?:unsafe\s+)?(?:extern\s+(?:"[^"]*"\s+)?)?(?<kind>fn|struct|enum|union|trait|mod|type|static|const)\s+(?:mut\s+)?(?<name>\w+)/,
	},
	{ pattern: /^\s*(?:unsafe\s+)?(?<kind>impl)\b\s*(?:<.*?>\s+)?(?<name>[^{]+?)\s*(?:where\b.*)?\{?\s*\}?$/ },
	{ pattern: /^\s*macro_rules!\s*(?<name>\w+)/, kind: 'macro' },
]);

const GO = language(C_COMMENTS, [
	{ pattern: /^func\s+\([^)]*\)\s*(?<name>\w+)/, kind: 'method' },
	{ pattern: /^func\s+(?<name>\w+)/, kind: 'function' },
	{ pattern: /^type\s+(?<name>\w+)(?:\[[^\]]*\])?\s+(?<kind>struct|interface)\b/ },
	{ pattern: /^(?<kind>type|const|var)\s+(?<name>\w+)/ },
]);

const MODIFIERS =
	'(?:(?:public|private|protected|internal|static|final|abstract|sealed|partial|virtual|override|async|extern|unsafe|readonly|synchronized|native|default|strictfp|new|open|data|inner|inline|suspend|operator|infix|tailrec|companion|annotation|value|lateinit|actual|expect|const|file|required)\\s+)*';

/** Java, C# and Kotlin. */
const MANAGED = language(C_COMMENTS, [
	{
		pattern: new RegExp(
			`^\\s*${MODIFIERS}(?<kind>class|interface|enum|record|struct|object)\\s+(?<name>(?!class\\b)\\w+)`,
		),
	},
	{
		pattern: /^\s+(?:public|private|protected|internal)\s+(?<name>[A-Z]\w*)\s*\([^;]*$/,
		kind: 'constructor',
	},
	{ pattern: /^\s*(?<kind>namespace)\s+(?<name>[\w.]+)/ },
	{
		pattern: new RegExp(`^\\s*${MODIFIERS}fun\\s+(?:<[^>]*>\\s*)?(?:[\\w<>?, ]+\\.)?(?<name>\\w+)\\s*\\(`),
		kind: 'function',
	},
	{
		pattern: new RegExp(
			`^\\s*${MODIFIERS}(?:<[^>]*>\\s*)?[\\w.<>\\[\\]?,]+(?:\\s*<.*>)?\\s+(?<name>\\w+)\\s*(?:<[^>(]*>)?\\((?:[^;]*\\)\\s*(?:throws [\\w., ]+|where [^{]+)?(?:\\{.*|=>.*)?|[^;)]*)$`,
		),
		kind: 'method',
	},
]);

const C_FAMILY = language(C_COMMENTS, [
	{
		pattern:
			/^\s*(?:template\s*<.*>\s*)?(?:typedef\s+)?(?<kind>class|struct|union|enum|namespace)\s+(?:class\s+|struct\s+)?(?:[A-Z_]+\s+)?(?<name>[\w:]+)\s*(?:final\s*)?(?::[^:;].*)?\{?\s*(?:\}.*)?$/,
	},
	{ pattern: /^\s*#\s*define\s+(?<name>\w+)\(/, kind: 'macro' },
	{
		pattern: /^(?:[\w:*&<>,~[\]]+\s+)+[*&]*(?<name>(?:[\w<>]+::)*~?(?:operator\s*\S+|\w+))\s*\([^;]*$/,
		kind: 'function',
	},
	{ pattern: /^(?<name>(?:[\w<>]+::)+~?\w+)\s*\([^;]*$/, kind: 'function' },
]);

const RUBY = language(
	[['=begin', '=end']],
	[
		{ pattern: /^\s*(?<kind>class|module)\s+(?<name>[A-Z][\w:]*)/ },
		{ pattern: /^\s*(?:(?:private|protected|public)\s+)?def\s+(?<name>[\w.]+[?!=]?)/, kind: 'method' },
	],
);

const PHP = language(C_COMMENTS, [
	{ pattern: /^\s*(?:(?:abstract|final|readonly)\s+)*(?<kind>class|interface|trait|enum)\s+(?<name>\w+)/ },
	{
		pattern: /^\s*(?:(?:public|private|protected|static|abstract|final)\s+)*(?<kind>function)\s+&?(?<name>\w+)/,
	},
	{ pattern: /^\s*(?<kind>namespace)\s+(?<name>[\w\\]+)/ },
]);

const SHELL = language(
	[],
	[{ pattern: /^\s*(?:function\s+(?<name>[\w:.-]+)|(?<other>[\w:.-]+)\s*\(\))/, kind: 'function' }],
);

const BY_EXTENSION: Readonly<Record<string, Language>> = byExtension([
	[TYPESCRIPT, 'ts tsx mts cts js jsx mjs cjs'],
	[PYTHON, 'py pyi pyw'],
	[RUST, 'rs'],
	[GO, 'go'],
	[MANAGED, 'java cs kt kts'],
	[C_FAMILY, 'c h cc cpp cxx hh hpp hxx m mm'],
	[RUBY, 'rb rake gemspec'],
	[PHP, 'php'],
	[SHELL, 'sh bash zsh ksh'],
]);

/** The language of a file by its extension, else by the interpreter in its first line. */
export function languageOf(path: string, firstLine: string): Language | undefined {
	const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase();
	if (extension !== undefined) return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
	const interpreter = /^#!.*?\b(?<name>python|node|ruby|php|bash|zsh|sh)[\d.]*\b/.exec(firstLine)?.groups?.name;
	if (interpreter === undefined) return undefined;
	return { python: PYTHON, node: TYPESCRIPT, ruby: RUBY, php: PHP }[interpreter] ?? SHELL;
}

function byExtension(entries: readonly (readonly [Language, string])[]): Record<string, Language> {
	return Object.fromEntries(
		entries.flatMap(([known, extensions]) => extensions.split(' ').map((extension) => [extension, known])),
	);
}

/** Longer lines are data or minified code. */
const MAX_LINE = 500;

function language(blocks: Language['blocks'], rules: readonly Rule[]): Language {
	return {
		blocks,
		declaration(line) {
			if (line.length > MAX_LINE || STATEMENTS.test(line)) return undefined;
			for (const { pattern, kind } of rules) {
				const groups = pattern.exec(line)?.groups;
				const name = groups?.name ?? groups?.other;
				if (groups && name !== undefined && !STATEMENTS.test(name)) return { kind: kind ?? groups.kind ?? '', name };
			}
			return undefined;
		},
	};
}
