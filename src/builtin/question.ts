import { present } from '../core/present.ts';
import { endingsOf, type Topic, topicOf } from './topics.ts';
import { inEnglish, wordGroups } from './vocabulary.ts';
import { isStopWord } from './words.ts';

/** What a question wants done. */
export type QuestionKind =
	| 'count'
	| 'list'
	| 'largest'
	| 'where'
	| 'explain'
	| 'compare'
	| 'summary'
	| 'search'
	/** What could go wrong, and where. */
	| 'risks'
	/** What is new in a version. */
	| 'changes'
	/** Where errors are handled. */
	| 'handling'
	/** Where to start reading, entry points. */
	| 'start'
	/** The names that a package offers. */
	| 'api'
	/** Which files deal with something. */
	| 'files'
	/** Dependencies, versions, licence: what a manifest says. */
	| 'manifest'
	/** All of a kind that only this text knows: middleware, routers, hooks. */
	| 'members';

/** A question, as far as its words can be understood. */
export interface Question {
	readonly text: string;
	/** The same in English, word by word, when it was asked in German. */
	readonly english: string;
	readonly kind: QuestionKind;
	/** Quoted texts and names that are marked as such. */
	readonly names: readonly string[];
	/** What it is about: quoted texts, names in code and phrases, the most distinctive first. */
	readonly subjects: readonly string[];
	/** True when the subject is a phrase of the question, not marked as a name or a quotation. */
	readonly isPhrase: boolean;
	/** Files and folders named in the question. */
	readonly paths: readonly string[];
	/** Endings of the kinds of files named in the question. */
	readonly endings: readonly string[];
	/** What to count or list; absent for occurrences of the subject. */
	readonly topic?: Topic;
	/** For occurrences: whether to count lines or files. */
	readonly unit: 'occurrences' | 'files';
	/** A condition on the names of listed items. */
	readonly nameFilter?: NameFilter;
	/** True when "where" or "list" asks for uses instead of the definition. */
	readonly wantsUses: boolean;
}

/** For example "whose name starts with create". */
export interface NameFilter {
	readonly how: 'startswith' | 'endswith' | 'contains';
	readonly value: string;
}

const QUOTED = /`([^`]+)`|"([^"]+)"|“([^”]+)”|«([^»]+)»|(?<![\w])'([^']+)'(?!\w)/g;
const PATH =
	/(?<![\w/.])(?:\.{0,2}\/)?(?:[\w@.-]+\/)+[\w@.*-]*\w|(?<![\w/.])[\w-]+(?:\.[\w-]+)*\.(?:tsx?|jsx?|[mc][tj]s|pyi?|md|mdx|jsonc?|ya?ml|toml|txt|log|csv|tsv|rs|go|java|kt|cs?|h|cc|cpp|hpp|rb|php|sh|html?|css|sql|xml|ini|cfg|lock)\b/g;
/** Names that occur only in code. */
const CODE_NAME =
	/(?<![\w$.-])(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+(?=\b)|[a-z][a-z0-9]*(?:[A-Z][\w$]*)+|[A-Z][a-z0-9]+(?:[A-Z][\w$]*)+|[A-Z]{2,}[a-z]\w+|_*[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+_*|_+[A-Za-z]\w*|--[a-z][\w-]+|[A-Za-z_$][\w$]*(?=\(\)))(?![\w$])/g;
const NAMED_KIND =
	/\b(?:functions?|class|classes|method|type|interface|variable|constant|setting|option|module|enum|struct|field|property|parameter|exception|component|hook|macro|trait|package|flag|word|term|string|name|called|named)[ ](?!is\b|are\b|do\b|does\b|in\b|of\b|that\b|and\b|or\b|to\b|from\b|for\b|with\b|defined\b|used\b|which\b|whose\b|there\b|start|end|contain|class|type|name|file|line|key|throw|call|import|use|returns?\b|runs?\b|gets?\b|takes?\b|works?\b|decid|happen|handl|has\b|have\b)([A-Za-z_$][\w$.-]*\w)/gi;
const BEFORE_KIND =
	/\b(?:the|a|of)\s+([A-Za-z_$][\w$]*)\s+(?:function|class|method|type|interface|variable|constant|setting|module|enum|struct|field|property|parameter|package|option|command|hook|component)\b(?! (?:of|from))/gi;
const NOT_A_PATH =
	/^(?:total|detail|general|here|all|python|javascript|typescript|rust|largest|biggest|longest|smallest|shortest|source|test|log|main|whole|entire|first|last|single|python|node|npm)$/i;
const KIND_OF_FILE = /^\.|^(?:typescript|javascript|python|markdown|json|yaml|html|css|rust|java|ruby)$/i;
const GENERIC = /^(?:the|this|that|each|every|error|main|same|all|new|first|last|total|test|public|private|static)$/i;

const COUNT =
	/\bhow many\b|\bhow often\b|\bhow frequently\b|(?<!\b(?:default|maximum|max|minimum|min|allowed) )\bnumber of\b|^\s*(?:please )?count\b|\bcount (?:the|all|how)\b/i;
const RISKS =
	/\bgo(?:es)? wrong\b|\b(?:risks?|risky|pitfalls?|weakness\w*|weak (?:spots?|points?)|vulnerabilit\w*|code smells?|technical debt|dangerous|security (?:issues?|problems?|holes?))\b|\b(?:any|what|which|are there|known|find|list|the|potential|possible) (?:obvious )?(?:bugs?|problems?|issues|edge cases?)\b/i;
const CHANGES =
	/\bwhat(?:'s| is| has| have)? (?:been )?(?:new|changed?)\b|\bchange ?log\b|\brelease notes\b|\b(?:latest|newest|last|recent) (?:releases?|versions?|changes)\b|\bnew (?:features? )?in (?:v(?:ersion)? ?)?\d/i;
const HANDLING =
	/\b(?:where|how|which files?|what happens)\b.*\b(?:errors?|exceptions?|failures?)\b(?! [\w-]*\d).*\b(?:handled|caught|treated|processed|dealt|reported|handling)\b|\berror[ -]handling\b/i;
const START =
	/\bentry ?-?points?\b|\bwhere (?:should|do|can|would|does) (?:i|we|one|you|it|the program|execution) (?:best )?(?:start|begin|look first)\b|\bwhere .*\bstart (?:reading|looking)\b/i;
const API =
	/\bpublic (?:api|interface)\b|\b(?:api|names|symbols) (?:does|do|is|are) .*\b(?:offer|export|expose|public)\w*\b|\bwhat (?:does|is) .*\bexport(?:s|ed)?\b\s*\??$/i;
const FILES =
	/\b(?:which|what|list|show|all)\b (?:\w+ ){0,2}?(?:files?|modules?|folders?)\b(?: \w+)? (?:deals?|about|responsible|concerned?|relate[sd]?|cover|belong|have to do|contain|handles?|implements?|is|are|do|does|for|with|tests?|exist|there)\b|\bwhich tests?\b/i;
const MANIFEST =
	/\bdependenc(?:y|ies)\b|\bdepends? on\b|\b(?:under )?(?:which|what) licen[cs]e\b|\b(?:which|what|minimum|required|supported) (?:\w+ )?versions?\b.*\b(?:supported|required|needed|need|run|require|support)s?\b|\b(?:system )?requirements\b/i;
const MEMBERS =
	/^\s*(?:please )?(?:list|enumerate|name|show)(?: me)?(?: all)?(?: the| of the)? (?:[\w-]+ )?([\w-]+)\s*[.?!]*$|\b(?:which|what)(?: kinds? of| types? of| different)? ((?:[\w-]+ )?[\w-]+?)\b(?: \w+)? (?:are (?:there|supported|available|included|provided|offered|defined)|exist|is there|(?:does|do|can) .*\b(?:support|have|offer|provide|include|throw|raise|ship with)\b)/i;
const COMPARE =
	/\bcompare\b|\bdifferences? between\b|\bdiffers? (?:from|to)\b|^\s*differences?\b|\bversus\b|\bvs\.?(?=\s)|\bcompared (?:to|with)\b/i;
const LARGEST = /\b(largest|biggest|longest|smallest|shortest|most lines)\b/i;
const LIST =
	/^\s*(?:please )?(?:(?:can|could) you )?(?:list|enumerate|name|show|give|print|find|get)\b|^\s*what are (?:all )?the\b|^\s*which\b|^\s*(?:what|all)\b.*\b(?:are there|exist|are (?:defined|used|declared|exported|set|read|mentioned)|does .* (?:define|export|import|declare|use|have|read))\b/i;
const WHERE =
	/^\s*where\b|\bwhere (?:is|are|does|do|was|were|can)\b|\b(?:definition|usages?|uses|references?|callers?|implementation) of\b|\b(?:who|what) (?:calls|uses|imports|sets|references|throws|creates)\b|\bwhich (?:file|files|module|function|class|line|code)s? (?:defines?|declares?|implements?|handles?|contains?|calls?|sets?|throws?)\b/i;
const USES =
	/\b(?:used|called|imported|referenced|invoked|thrown|raised|mentioned|uses|usages?|callers?|references?|calls|imports|throws)\b/i;
const SUMMARY =
	/\bsummar|\boverview\b|\btl;?dr\b|\bgist\b|\b(?:main|key) (?:points?|ideas?|topics?|themes?|parts?)\b|\bwhat(?:'s| is| are) (?:(?:this|these|the|it)(?: (?:project|repo(?:sitory)?|folder|directory|codebase|code ?base|code|document|documents|text|file|files|workspace|package|library|program|data|log|selection|all|context|thing))?(?: (?:all )?about| for)?)\s*\??\s*$|\bwhat is (?:in )?(?:this|here)\b|\bdescribe (?:this|the (?:project|code|repo|structure|folder|file))|\bwhat (?:does|do) (?:this|the|these) (?:project|repo(?:sitory)?|code|codebase|package|library|folder|file|text|document|program|tool|script)\s+(?:do|contain|say)\b|\b(?:project|folder|code|overall|directory) structure\b|\barchitecture\b|\b(?:purpose|goal|aim|intent|point) (?:of )?(?:this|the) (?:project|repo(?:sitory)?|code|library|package|tool|program|document|text)\b|\bwhat (?:is|are) (?:it|this|these) about\b|\bmain concepts?\b|\bexplain (?:this|the) (?:project|repo(?:sitory)?|codebase|folder|file|text|code)\b/i;
const EXPLAIN =
	/^\s*(?:what|how)\b|\bexplain\b|\bdescribe\b|\btell me about\b|\b(?:purpose|meaning|role) of\b|\bwhat (?:does|is|are)\b|\bhow (?:does|do|is|are)\b/i;
const HOLDING =
	/\b(?:contain(?:s|ing)?|mention(?:s|ing)?|includ(?:e|es|ing)|match(?:es|ing)?|import(?:s|ing)?|us(?:e|es|ing)|referenc(?:e|es|ing)|call(?:s|ing)?|throws?|ha(?:s|ve)|with)\b/i;
/** A condition on what stands inside the things that are listed: "functions that use x". */
export const INSIDE = /\b(?:contain|mention|us|call|throw|rais|import|referenc|return)(?:e?s|ing|e)?\b/i;
const OCCURRENCES =
	/\bhow (?:often|frequently|many times)\b|\b(?:occurrences?|mentions?|uses|usages?|calls|references?|times|instances)\b/i;

/** Understands a question by its words. Always returns something: what fits nothing else is a search. */
export function understand(asked: string): Question {
	const text = inEnglish(asked);
	const quoted = [...text.matchAll(QUOTED)].map((match) => match.slice(1).find((group) => group) ?? '');
	const bare = text.replace(QUOTED, (whole) => ' '.repeat(whole.length));
	const paths = unique([...quoted.filter(isPath), ...pathsIn(bare)]);
	const withoutPaths = bare.replace(PATH, (whole) => ' '.repeat(whole.length));
	const names = namesIn(withoutPaths);
	const literal = quoted.filter((value) => !paths.includes(value)).map((value) => value.replace(/\(\)$/, ''));
	const kind = kindOf(withoutPaths, [...literal, ...names]);
	const nameFilter = nameFilterOf(text);
	const own = unique([...literal, ...names]).filter((name) => name !== nameFilter?.value);
	const subjects = own.length > 0 ? own : phraseOf(withoutPaths, kind);
	const topic =
		kind === 'count' || kind === 'list' || kind === 'largest' ? topicFor(withoutPaths, kind, subjects) : undefined;
	const isFiles = /\b(?:how many|which|what|list|all|count|number of)\b[^?.]*?\b(?:files?|modules?|documents?)\b/i.test(
		bare,
	);
	return present({
		text: asked,
		english: text,
		kind,
		names: own,
		subjects: topic && own.length === 0 ? [] : subjects,
		isPhrase: own.length === 0,
		paths,
		endings: endingsOf(bare),
		topic,
		unit: isFiles ? 'files' : 'occurrences',
		nameFilter,
		wantsUses: USES.test(withoutPaths),
	});
}

function unique(values: readonly string[]): string[] {
	return [...new Set(values.filter((value) => value.trim() !== ''))];
}

function isPath(value: string): boolean {
	return value.match(PATH)?.[0] === value;
}

function pathsIn(text: string): string[] {
	const folders = [
		...text.matchAll(
			/\b(?:in|under|of|inside|within|the)\s+(?:the\s+)?([\w-]+)\s+(?:folder|directory|dir|module|package|file)\b/gi,
		),
		...text.matchAll(/\b(?:in|under|inside|within)\s+(?:the\s+)?([\w-]+)\s*[?.!]*\s*$/gi),
	].filter(([, name = '']) => !isStopWord(name) && !NOT_A_PATH.test(name));
	const written = (text.match(PATH) ?? []).map((path) => path.replace(/^\.?\//, ''));
	return [...written, ...folders.map((match) => match[1] ?? '')];
}

function namesIn(text: string): string[] {
	const code = (text.match(CODE_NAME) ?? []).filter((name) => !/^(?:e\.g|i\.e)$/i.test(name));
	const beside = [...text.matchAll(NAMED_KIND), ...text.matchAll(BEFORE_KIND)].map((match) => match[1] ?? '');
	const asked = /\bwhat (?:does|do|is|are) (?:the |a |an )?([\w$.]+) (?:do|for|mean)\b/i.exec(text)?.[1] ?? '';
	const object =
		/\b(?:who|what|which|where|files?|functions?)\b.*\b(?:calls?|imports?|uses?|mentions?|contains?|references?|throws?|defines?|implements?|sets?|creates?) (?:the )?([A-Za-z_$][\w$.-]*)\s*\??\s*$/i.exec(
			text,
		);
	// A capital inside a sentence marks a name, in prose and in code.
	const capitals = [...text.matchAll(/(?<=[a-z,;:] )(?:[A-Z][\w$]+)(?: [A-Z][\w$]+)*/g)].map(([name]) => name);
	return unique([
		...code,
		...beside.filter((name) => !GENERIC.test(name)),
		asked,
		object?.[1] ?? '',
		...capitals,
	]).filter(
		(name) =>
			(!isStopWord(name) || /^\p{Lu}/u.test(name)) &&
			!KIND_OF_FILE.test(name) &&
			!/^(?:TODO|FIXME|URL|CSV|JSON|CLI)s?$/i.test(name),
	);
}

/** Kinds that are told by what they ask for, whatever names stand beside. In this order. */
const BY_WORDS: readonly (readonly [asks: RegExp, kind: QuestionKind])[] = [
	[COUNT, 'count'],
	[RISKS, 'risks'],
	[CHANGES, 'changes'],
	[COMPARE, 'compare'],
];
/** Kinds that names in a question rule out. */
const WITHOUT_NAMES: readonly (readonly [asks: RegExp, kind: QuestionKind])[] = [
	[HANDLING, 'handling'],
	[START, 'start'],
	[API, 'api'],
	[MANIFEST, 'manifest'],
	[SUMMARY, 'summary'],
];

function kindOf(text: string, names: readonly string[]): QuestionKind {
	const told = BY_WORDS.find(([asks]) => asks.test(text));
	if (told) return told[1];
	const topic = topicOf(text);
	if (LARGEST.test(text) && ['files', 'lines', 'bytes'].includes(topic?.find.kind ?? '')) return 'largest';
	const general = names.every(isProper) ? WITHOUT_NAMES.find(([asks]) => asks.test(text)) : undefined;
	if (general) return general[1];
	if (FILES.test(text) && !names.some((name) => !isProper(name)))
		return topic?.isStrong ? 'list' : wordGroups(text).length > 0 ? 'files' : 'summary';
	if (WHERE.test(text) && !/\bwhich files\b/i.test(text)) return 'where';
	if (LIST.test(text) && (topic?.isStrong || names.length > 0 || /\b(?:list|all)\b/i.test(text)) && topic)
		return 'list';
	if (LIST.test(text) && names.some((name) => !isProper(name))) return 'list';
	if (MEMBERS.test(text) && !/^\s*(?:why|how|when|where)\b/i.test(text)) return 'members';
	if (EXPLAIN.test(text)) return 'explain';
	return 'search';
}

/** Whether a name is an ordinary word with a capital, perhaps the name of the project or of a language. */
export function isProper(name: string): boolean {
	return /^\p{Lu}\p{Ll}+(?: |$)|^\p{Lu}+$/u.test(name);
}

/** The word for the kind of things that a question of the kind `members` asks to list. */
export function membersOf(question: string): string {
	const match = MEMBERS.exec(question);
	return (match?.[1] ?? match?.[2] ?? '').split(' ').at(-1) ?? '';
}

/** What to count or list. A condition on lines or files ("files that mention x") asks for occurrences instead. */
function topicFor(text: string, kind: QuestionKind, subjects: readonly string[]): Topic | undefined {
	const topic = topicOf(kind === 'count' ? text.replace(/^.*?\b(?:how many|number of|count)\b/i, '') : text);
	const isLoose = topic === undefined || topic.find.kind === 'files' || topic.find.kind === 'lines';
	if (kind === 'largest' || subjects.length === 0) return topic;
	if (isLoose && (HOLDING.test(text) || OCCURRENCES.test(text))) return undefined;
	return OCCURRENCES.test(text) && /\bhow (?:often|frequently|many times)\b/i.test(text) ? undefined : topic;
}

function nameFilterOf(text: string): NameFilter | undefined {
	const match =
		/\b(?:(start|begin)(?:s|ing)? with|(end)(?:s|ing)? (?:with|in)|(?:whose )?names? (?:contain|includ|match)\w*)\s+["'`“]?([\w$.-]+)/i.exec(
			text,
		);
	if (!match?.[3]) return undefined;
	return { how: match[1] ? 'startswith' : match[2] ? 'endswith' : 'contains', value: match[3] };
}

const LEADING =
	/^.*?\b(?:where|how|what|which|why|explain|describe|list|find|show|compare|count|many|often|of|about)\b\s*(?:is|are|was|were|does|do|did|can)?\s*(?:me\b|us\b)?\s*(?:all\b|every\b|each\b)?\s*(?:the|a|an|all)?\b/i;
const TRAILING =
	/\b(?:is|are|was|were|be|been|gets?|defined|declared|implemented|used|set|called|computed|calculated|handled|created|made|stored|configured|checked|validated|parsed|done|located|found|come|comes|works?|do|does|occurs?|appears?|mentioned|happens?|for|in|here|there|from)\b.*$/i;

/** The words of the question that name its subject, when nothing is marked as a name. */
function phraseOf(text: string, kind: QuestionKind): string[] {
	if (kind === 'summary' || kind === 'search') return [];
	const body = text
		.replace(/\bhow (?:often|frequently|many times)\b/i, 'how')
		.replace(LEADING, '')
		.replace(/[?!.,;:]+/g, ' ');
	if (kind === 'compare') {
		return unique(body.split(/\s+(?:and|with|to|versus|vs|from)\s+/i).map((side) => telling(side))).slice(0, 2);
	}
	const phrase = telling(body.replace(TRAILING, ''));
	return phrase === '' ? [] : [phrase];
}

function telling(text: string): string {
	return text
		.split(/\s+/)
		.filter((word) => word !== '' && !isStopWord(word))
		.slice(0, 4)
		.join(' ');
}
