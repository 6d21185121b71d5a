import type { ParsedReply } from '../parse.ts';
import type { CellError, ChangedVariable } from '../ports/sandbox.ts';
import type { Frame, RanCell } from './frame.ts';
import { compactedMessage } from './messages.ts';

/** Texts of the official RLM package, read from it when this product is built. `{{names}}` stand where values go. */
export interface OfficialFormat {
	/** Version of the package. */
	readonly version: string;
	readonly system: string;
	/** `question`, `type` and `characters` of the context. */
	readonly opening: string;
	/** `turns`: how many there are. */
	readonly firstTurn: string;
	/** `turn`, from 1, and `turns`. */
	readonly turn: string;
	/** After a turn: `count` and `last` of several contexts, and of several earlier conversations. */
	readonly contexts: string;
	readonly history: string;
	readonly histories: string;
	/** `result` of the only block of a reply. */
	readonly output: string;
	/** `result` of one of several blocks, numbered from 1 by `block`. */
	readonly numberedOutput: string;
	/** Parts of a result: `text` of a stream, `names` of variables; `nothing` stands for none of them. */
	readonly stdout: string;
	readonly stderr: string;
	readonly variables: string;
	readonly nothing: string;
	/** After the head of a long result: `characters` that are missing. */
	readonly cut: string;
	/** Characters of the head. */
	readonly mostCharacters: number;
}

/** What the frame says of a run. */
export interface OfficialFacts {
	readonly question: string;
	/** Type of the first context in Python, and its length as the package counts it. */
	readonly context: { readonly type: string; readonly characters: number };
	readonly contexts: number;
	readonly histories: number;
	/** Iterations at most. */
	readonly turns: number;
}

/** Prints the type of the first context and its characters, as the package counts them, and leaves nothing behind. */
export const MEASURE_CONTEXT = `
def _measured(value):
    as_json = lambda item: len(item) if isinstance(item, str) else len(json.dumps(item, default=str))
    if isinstance(value, dict):
        return sum(map(as_json, value.values()))
    if not isinstance(value, list):
        return len(value if isinstance(value, str) else str(value))
    if value and isinstance(value[0], dict):
        texts = "content" in value[0]
        return sum(len(str(item.get("content", ""))) if texts else len(json.dumps(item, default=str)) for item in value)
    return sum(len(item) if hasattr(item, "__len__") else len(str(item)) for item in value)
print(type(context).__name__, _measured(context))
del _measured
`;

const PARTS = '\n\n';
/** The package keeps a head. Ours keep a head and a tail of the same size, and the sandbox counts in other units. */
const ROOM = 4;

/** Frames a run exactly as the official package does, for models that were trained on that. */
export function officialFrame(format: OfficialFormat, facts: OfficialFacts): Frame {
	const { question, context, turns } = facts;
	return {
		opening: [
			{ role: 'system', content: format.system },
			{ role: 'user', content: filled(format.opening, { question, ...context }) },
			{ role: 'user', content: turnMessage(format, facts, 1) },
		],
		read: ({ text }) => readOfficially(text),
		after: ({ cells, notes, next }) => {
			const turn = next > turns ? [] : [turnMessage(format, facts, next)];
			const last = [...notes, ...turn].join(PARTS);
			return [...(cells.length > 0 ? [shownCells(format, facts, cells)] : []), ...(last === '' ? [] : [last])];
		},
		afterCompaction: (summary, variables) => [
			compactedMessage(filled(format.opening, { question, ...context }), summary, variables),
		],
		outputCharacters: ROOM * format.mostCharacters,
		listsVariables: true,
		asksForCode: false,
		goesOnAfterErrors: true,
		keepsMessagesApart: true,
	};
}

function turnMessage(format: OfficialFormat, { turns, contexts, histories }: OfficialFacts, turn: number): string {
	const text = filled(turn === 1 ? format.firstTurn : format.turn, { turn, turns });
	const ofContexts = contexts > 1 ? filled(format.contexts, { count: contexts, last: contexts - 1 }) : '';
	const several = filled(format.histories, { count: histories, last: histories - 1 });
	const ofHistories = histories > 1 ? several : histories === 1 ? format.history : '';
	return `${text}${ofContexts}${ofHistories}`;
}

/** Reads a reply as the package does: only blocks of its own language count, and the whole reply is kept. */
function readOfficially(text: string): ParsedReply {
	return { kept: text, blocks: officialBlocks(text), final: undefined, notices: [] };
}

const OPENING = '```repl';
const CLOSING = '\n```';

/**
 * The code between an opening fence, white space up to a line end, and the next closing fence. Written by hand, because a
 * pattern needs quadratic time for fences that never close.
 */
function officialBlocks(text: string): string[] {
	const blocks: string[] = [];
	let isClosedLater = true;
	let next = 0;
	for (let at = text.indexOf(OPENING); at >= 0; at = text.indexOf(OPENING, next)) {
		next = at + OPENING.length;
		const blank = /^\s*/.exec(text.slice(next))?.[0] ?? '';
		const line = blank.lastIndexOf('\n');
		if (line < 0) continue;
		const end: number = isClosedLater ? text.indexOf(CLOSING, next + line + 1) : -1;
		isClosedLater = end >= 0;
		if (isClosedLater) {
			blocks.push(text.slice(next + line + 1, end).trim());
			next = end + CLOSING.length;
		} else if (blank.indexOf('\n') < line && text.startsWith('```', next + line + 1)) {
			// Nothing but blank lines: the last line end belongs to the closing fence.
			blocks.push('');
			next += blank.length + 3;
		}
	}
	return blocks;
}

function shownCells(format: OfficialFormat, facts: OfficialFacts, cells: readonly RanCell[]): string {
	const results = cells.map((cell) => shownCell(format, facts, cell));
	if (results.length === 1) return filled(format.output, { result: results[0] ?? '' });
	return results.map((result, index) => filled(format.numberedOutput, { result, block: index + 1 })).join(PARTS);
}

function shownCell(format: OfficialFormat, facts: OfficialFacts, { result, variables }: RanCell): string {
	const stdout = withoutEcho(result.stdout, result.echo);
	const stderr = result.error ? `${result.stderr}\n${officialError(result.error)}` : result.stderr;
	const names = listed([...providedNames(facts), ...variables.filter(isPlain).map(({ name }) => name)]);
	const parts = [
		...(stdout === '' ? [] : [filled(format.stdout, { text: stdout })]),
		...(stderr === '' ? [] : [filled(format.stderr, { text: stderr })]),
		filled(format.variables, { names }),
	];
	return cutOff(format, parts.join(PARTS), result.printedCharacters - result.stdout.length - result.stderr.length);
}

/** @param missing characters that the sandbox has left out already */
function cutOff(format: OfficialFormat, whole: string, missing: number): string {
	if (whole.length <= format.mostCharacters) return whole;
	// Python counts code points.
	const characters = [...whole];
	const more = characters.length - format.mostCharacters + Math.max(0, missing);
	if (more <= 0) return whole;
	return `${characters.slice(0, format.mostCharacters).join('')}${filled(format.cut, { characters: more })}`;
}

/** Only what is printed is shown there; our REPL also ends with the value of the last expression. */
function withoutEcho(stdout: string, echo: string | undefined): string {
	const end = `${echo}\n`;
	return echo !== undefined && stdout.endsWith(end) ? stdout.slice(0, -end.length) : stdout;
}

function officialError({ type, message, line }: CellError): string {
	const isSyntax = /^(Syntax|Indentation|Tab)Error$/.test(type) && line !== undefined;
	return `${type}: ${message}${isSyntax ? ` (<string>, line ${line})` : ''}`;
}

/** Names that the package itself puts among the variables of the code. */
function providedNames({ contexts, histories }: OfficialFacts): string[] {
	return ['answer', ...named('context', contexts), ...named('history', histories)];
}

/** The first of several values also has the name without a number, right behind it. */
function named(stem: string, count: number): string[] {
	return Array.from({ length: count }, (_, index) => `${stem}_${index}`).flatMap((name, index) =>
		index === 0 ? [name, stem] : [name],
	);
}

function isPlain({ isPlain = false, name }: ChangedVariable): boolean {
	return isPlain && !name.startsWith('_');
}

/** A list of texts as Python writes it. */
function listed(names: readonly string[]): string {
	return `[${names.map((name) => (name.includes("'") ? JSON.stringify(name) : `'${name}'`)).join(', ')}]`;
}

function filled(template: string, values: Readonly<Record<string, string | number>>): string {
	return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => String(values[name] ?? whole));
}
