/** A kind of thing that questions ask to count or list, and how to find it. */
export interface Topic {
	readonly singular: string;
	readonly plural: string;
	/** Recognises the topic in a question. */
	readonly asks: RegExp;
	readonly find: TopicSearch;
	/** True when a question that names it can hardly mean anything else. */
	readonly isStrong?: boolean;
	/** True when the line itself is listed, so items are not grouped by a name. */
	readonly isText?: boolean;
	/** True for log messages: those that differ only in figures belong together. */
	readonly isMessage?: boolean;
}

/**
 * `outline`: kinds of declarations. `grep`: a Python pattern per group of files; the first group that matched is the
 * name.
 */
export type TopicSearch =
	| { readonly kind: 'outline'; readonly kinds: readonly string[]; readonly endings: string }
	| { readonly kind: 'grep'; readonly patterns: Readonly<Record<string, string>> }
	| { readonly kind: 'files' | 'lines' | 'words' | 'bytes' };

const CODE =
	'.ts .tsx .mts .cts .js .jsx .mjs .cjs .py .pyi .rs .go .java .kt .cs .c .h .cc .cpp .hpp .rb .php .sh .swift .scala .lua';
const SCRIPT = '.ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte';
const MARKDOWN = '.md .markdown .mdx';

/** The key of a pattern for all files. */
const ANY_FILE = '';

/** In order of preference when two start at the same word of a question. */
const TOPICS: readonly Topic[] = [
	{
		singular: 'error class',
		isStrong: true,
		plural: 'error classes',
		asks: /\b(?:error|exception) (?:class(?:es)?|types?)\b|\b(?:custom )?exceptions\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[CODE]: String.raw`^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:public[ \t]+)?(?:abstract[ \t]+)?class[ \t]+(\w*(?:Error|Exception)\w*|\w+(?=[ \t]*(?:extends[ \t]+|:[ \t]*|\()[\w.]*(?:Error|Exception)\b))`,
			},
		},
	},
	{
		singular: 'test',
		plural: 'tests',
		asks: /\b(?:unit |integration )?tests?(?: cases?| functions?)?\b(?! files?)/i,
		find: {
			kind: 'grep',
			patterns: {
				[SCRIPT]: String.raw`^[ \t]*(?:it|test)(?:\.\w+)*\([ \t]*['"\x60](.+?)['"\x60][ \t]*,`,
				'.py': String.raw`^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)`,
				'.go': String.raw`^func[ \t]+(Test\w+)`,
				'.rs .java .kt': String.raw`^[ \t]*(#\[(?:\w+::)?test\]|@Test\b)`,
			},
		},
	},
	{
		singular: 'TODO comment',
		isStrong: true,
		plural: 'TODO comments',
		isText: true,
		asks: /\b(?:TODOs?|FIXMEs?|XXX|HACKs?)\b|\b(?:todo|fixme)s?\b/,
		find: { kind: 'grep', patterns: { [ANY_FILE]: String.raw`\b(TODO|FIXME|XXX|HACK)\b` } },
	},
	{
		singular: 'environment variable',
		isStrong: true,
		plural: 'environment variables',
		asks: /\benv(?:ironment)?[ -]?(?:variables?|vars?)\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[ANY_FILE]: String.raw`process\.env(?:\.|\[['"])(\w+)|os\.environ(?:\.get\(|\[|\.setdefault\(|\.pop\()[ \t]*['"](\w+)|getenv\([ \t]*['"](\w+)|['"](\w+)['"] in os\.environ|import\.meta\.env\.(\w+)|env::var(?:_os)?\([ \t]*"(\w+)|os\.(?:Getenv|LookupEnv)\("(\w+)|Deno\.env\.get\(['"](\w+)|\bENV\[['"](\w+)`,
			},
		},
	},
	{
		singular: 'URL',
		isStrong: true,
		plural: 'URLs',
		asks: /\b(?:URLs?|links?|web addresses)\b/i,
		find: { kind: 'grep', patterns: { [ANY_FILE]: String.raw`(https?://[\w.-]+(?:[/?#][^\s'"<>)\]}\x60\\,;*]*)?)` } },
	},
	{
		singular: 'e-mail address',
		isStrong: true,
		plural: 'e-mail addresses',
		asks: /\be-?mail(?:s| address(?:es)?)?\b/i,
		find: { kind: 'grep', patterns: { [ANY_FILE]: String.raw`([\w.+-]+@[\w-]+(?:\.[\w-]+)+)` } },
	},
	{
		singular: 'heading',
		isStrong: true,
		plural: 'headings',
		asks: /\b(?:headings?|sections?|chapters?|table of contents)\b/i,
		find: { kind: 'outline', kinds: ['heading'], endings: MARKDOWN },
	},
	{
		singular: 'command-line option',
		isStrong: true,
		plural: 'command-line options',
		asks: /\b(?:(?:CLI|command[ -]line) (?:options?|flags?|arguments?|switches)|flags|command[ -]line)\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[CODE]: String.raw`(?:option|Option|add_argument|flag|arg|long)\w*\([ \t]*['"](?:-\w,?[ |]+)?(--[a-zA-Z][\w-]+)|^[ \t]*['"\x60](?:-\w, *)?(--[a-z][\w-]+)`,
			},
		},
	},
	{
		singular: 'setting',
		plural: 'settings',
		asks: /\b(?:settings?(?: keys?)?|configuration (?:keys?|options?))\b/i,
		find: {
			kind: 'grep',
			patterns: {
				'package.json': String.raw`^[ \t]*"([\w-]+(?:\.[\w-]+)+)"[ \t]*:[ \t]*\{`,
				[CODE]: String.raw`\b(?:getConfiguration|config(?:uration)?\.get|settings?\.get)(?:<[^>]*>)?\([ \t]*['"]([\w.-]+)['"]`,
			},
		},
	},
	{
		singular: 'editor command',
		plural: 'commands',
		asks: /\bcommands?\b/i,
		find: {
			kind: 'grep',
			patterns: {
				'package.json': String.raw`"command"[ \t]*:[ \t]*"([^"]+)"`,
				[CODE]: String.raw`(?:registerCommand|\.command)\([ \t]*['"]([^'"]+)['"]`,
			},
		},
	},
	{
		singular: 'route',
		plural: 'routes',
		asks: /\b(?:routes?|endpoints?)\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[CODE]: String.raw`\b(?:app|router|server|api|blueprint|bp)\.(?:get|post|put|patch|delete|route|use)\([ \t]*['"\x60](/[^'"\x60]*)|@(?:Get|Post|Put|Delete|Patch|Request)Mapping\("([^"]+)`,
			},
		},
	},
	{
		singular: 'import',
		plural: 'imports',
		asks: /\b(?:imports?|imported modules?|dependenc(?:y|ies)|modules? imported)\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[SCRIPT]: String.raw`\bfrom[ \t]+['"]([^'"]+)['"]|^[ \t]*import[ \t]+['"]([^'"]+)['"]|\b(?:require|import)\([ \t]*['"]([^'"]+)['"]`,
				'.py .pyi': String.raw`^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w.]+))`,
				'.rs': String.raw`^[ \t]*(?:pub[ \t]+)?use[ \t]+([\w:]+)`,
				'.java .kt': String.raw`^import[ \t]+(?:static[ \t]+)?([\w.]+)`,
				'.c .h .cc .cpp .hpp': String.raw`^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)`,
			},
		},
	},
	{
		singular: 'export',
		plural: 'exports',
		asks: /\b(?:exports?|exported (?:names?|functions?|things|symbols?|types?|classes)|public api)\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[SCRIPT]: String.raw`^export[ \t]+(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?(?:const|let|var|function\*?|class|interface|type|enum|namespace)[ \t]+([\w$]+)|^(?:module\.)?exports\.([\w$]+)[ \t]*=|^(export \* from .+|export \{.+)`,
				'.py': String.raw`^(?:def|class)[ \t]+([a-zA-Z]\w*)`,
				'.rs': String.raw`^pub[ \t]+(?:async[ \t]+)?(?:fn|struct|enum|trait|type|const|mod)[ \t]+(\w+)`,
				'.go': String.raw`^(?:func|type|var|const)[ \t]+(?:\([^)]*\)[ \t]*)?([A-Z]\w*)`,
			},
		},
	},
	{
		singular: 'constant',
		plural: 'constants',
		asks: /\bconstants?\b/i,
		find: {
			kind: 'grep',
			patterns: {
				[CODE]: String.raw`^[ \t]*(?:export[ \t]+)?(?:public[ \t]+)?(?:static[ \t]+)?(?:final[ \t]+)?(?:const[ \t]+|#define[ \t]+)?(?:\w+[ \t]+)?([A-Z][A-Z0-9_]{2,})\b[ \t]*(?::[^=]+)?(?:=[^=]|[ \t]\S)`,
			},
		},
	},
	{
		singular: 'interface',
		plural: 'interfaces',
		asks: /\b(?:interfaces?|protocols|traits?)\b/i,
		find: { kind: 'outline', kinds: ['interface', 'trait', 'protocol'], endings: CODE },
	},
	{
		singular: 'class',
		plural: 'classes',
		asks: /\b(?:class|classes|structs?)\b/i,
		find: { kind: 'outline', kinds: ['class', 'struct', 'record'], endings: CODE },
	},
	{
		singular: 'type',
		plural: 'types',
		asks: /\b(?:type alias(?:es)?|types)\b/i,
		find: { kind: 'outline', kinds: ['type', 'interface', 'enum', 'class', 'struct', 'trait'], endings: CODE },
	},
	{
		singular: 'enum',
		plural: 'enums',
		asks: /\benum(?:s|erations?)?\b/i,
		find: { kind: 'outline', kinds: ['enum'], endings: CODE },
	},
	{
		singular: 'method',
		plural: 'methods',
		asks: /\bmethods?\b/i,
		find: { kind: 'outline', kinds: ['method', 'constructor'], endings: CODE },
	},
	{
		singular: 'function',
		plural: 'functions',
		asks: /\bfunctions?\b/i,
		find: { kind: 'outline', kinds: ['function', 'fn', 'method', 'constructor'], endings: CODE },
	},
	{
		singular: 'definition',
		plural: 'definitions',
		asks: /\b(?:definitions|declarations|symbols)\b/i,
		find: {
			kind: 'outline',
			kinds: ['function', 'fn', 'method', 'class', 'interface', 'type', 'enum', 'struct', 'trait', 'constant', 'macro'],
			endings: CODE,
		},
	},
	{
		singular: 'comment line',
		isStrong: true,
		plural: 'comment lines',
		isText: true,
		asks: /\bcomments?(?: lines?)?\b/i,
		find: {
			kind: 'grep',
			patterns: { [CODE]: String.raw`^[ \t]*((?://|#(?!include|define|if|endif|else)|/?\*|--).*)` },
		},
	},
	{
		singular: 'error line',
		isStrong: true,
		plural: 'error lines',
		isMessage: true,
		asks: /\berrors?\b(?! (?:class|type|handl|messag))/i,
		find: {
			kind: 'grep',
			patterns: {
				[ANY_FILE]: String.raw`(\b(?:ERROR|FATAL|CRITICAL|SEVERE)\b.*|\[(?:error|crit|alert|emerg)\].*|\blevel=(?:error|fatal).*)`,
			},
		},
	},
	{
		singular: 'warning line',
		isStrong: true,
		plural: 'warning lines',
		isMessage: true,
		asks: /\bwarnings?\b/i,
		find: {
			kind: 'grep',
			patterns: { [ANY_FILE]: String.raw`(\b(?:WARN|WARNING)\b.*|\[warn(?:ing)?\].*|\blevel=warn(?:ing)?.*)` },
		},
	},
	{ singular: 'line', plural: 'lines', asks: /\blines?\b(?: of code)?/i, find: { kind: 'lines' } },
	{ singular: 'word', plural: 'words', asks: /\bwords\b/i, find: { kind: 'words' } },
	{ singular: 'byte', plural: 'bytes', asks: /\b(?:bytes|characters)\b/i, find: { kind: 'bytes' } },
	{ singular: 'file', plural: 'files', asks: /\b(?:files?|documents?|scripts?|modules?)\b/i, find: { kind: 'files' } },
];

/** The first topic named in a text. */
export function topicOf(text: string): Topic | undefined {
	let best: { topic: Topic; at: number } | undefined;
	for (const topic of TOPICS) {
		const at = text.search(topic.asks);
		if (at >= 0 && (!best || at < best.at)) best = { topic, at };
	}
	return best?.topic;
}

/** Words for kinds of files, with their endings. */
const FILE_KINDS: readonly (readonly [asks: RegExp, endings: string])[] = [
	[/\btypescript\b/i, '.ts .tsx .mts .cts'],
	[/\bjavascript\b/i, '.js .mjs .cjs .jsx'],
	[/\bpython\b/i, '.py .pyi'],
	[/\bmarkdown\b/i, MARKDOWN],
	[/\bjson\b(?!\.\w)/i, '.json .jsonc'],
	[/\byaml\b/i, '.yaml .yml'],
	[/\bhtml\b/i, '.html .htm'],
	[/\bcss\b/i, '.css .scss .less'],
	[/\brust\b/i, '.rs'],
	[/\bgolang\b|\bgo (?:files?|code)\b/i, '.go'],
	[/\bjava\b/i, '.java'],
	[/\bkotlin\b/i, '.kt .kts'],
	[/\bruby\b/i, '.rb'],
	[/\bc\+\+/i, '.cpp .cc .cxx .hpp .hh .h'],
	[/\bc#|\bcsharp\b/i, '.cs'],
	[/\bc (?:files?|code|sources?)\b/i, '.c .h'],
	[/\bshell (?:files?|scripts?)\b/i, '.sh .bash .zsh'],
	[/\bsql\b/i, '.sql'],
	[/\btoml\b/i, '.toml'],
	[/\b(?:source|code) files?\b/i, CODE],
	[/\blog files?\b/i, '.log'],
	[/\btext files?\b/i, '.txt'],
];

/** Endings of the kinds of files that a question names; empty when there are none. */
export function endingsOf(question: string): string[] {
	const written = [...question.matchAll(/(?:^|[\s*(])\*?(\.[a-z][a-z0-9]{0,5})\b(?! ?\()/gi)].map((match) =>
		(match[1] ?? '').toLowerCase(),
	);
	const bare = /\b(ts|tsx|js|mjs|cjs|py|pyi|md|yml|csv|txt|rs|rb|sh) files?\b/i.exec(question)?.[1];
	const named = FILE_KINDS.filter(([asks]) => asks.test(question)).flatMap(([, endings]) => endings.split(' '));
	return [...new Set([...written, ...(bare === undefined ? [] : [`.${bare.toLowerCase()}`]), ...named])];
}
