import { bareCode } from './bareCode.ts';
import { bareReply } from './bareReply.ts';
import { type Fence, findFences, RUNNABLE } from './fences.ts';
import type { FinishReason } from './ports/model.ts';

/** Instructions found in a reply of the root model. */
export interface ParsedReply {
	/** Python code to run, in order. */
	readonly blocks: readonly string[];
	/** An answer handed in as text: the answer itself or the name of a variable. */
	readonly final: TextFinal | undefined;
	/** What was not accepted, one sentence each, for the model. */
	readonly notices: readonly string[];
	/** The reply as the conversation keeps it: without reasoning and invented output. */
	readonly kept: string;
}

export interface TextFinal {
	readonly kind: 'text' | 'var';
	readonly value: string;
}

const INVENTED_OUTPUT =
	/^[ \t>*_#]*(?:(?:REPL|execution|code|cell|console)[ \t]+)?(?:output|results?|stdout)\b[ \t*_]*:/i;

/**
 * Parses a reply of the root model: the code to run and the answer it hands in.
 *
 * Fences of three or more backticks or tildes that are tagged `repl`, `python`, `py` or untagged are code, in any
 * letter case; so are the tags and markers that some models write instead. If there is a `repl` block, all others are
 * illustration. A fence closes on a line of its own that is not inside a triple-quoted string of the Python before it.
 * A reply without any of them is code where it ends in nothing but Python.
 */
export function parseReply(reply: string, finishReason: FinishReason): ParsedReply {
	const { text } = bareReply(reply.replaceAll('\r\n', '\n'));
	const lines = text.split('\n');
	const notices: string[] = [];
	const fences = findFences(lines);
	const invented = inventedOutputLine(lines, fences);
	if (invented !== undefined) {
		notices.push('You wrote output of the REPL yourself. It was dropped: only what the REPL prints is real.');
	}
	const kept = invented === undefined ? text : lines.slice(0, invented).join('\n').trimEnd();
	const fenced = runnableBlocks(
		fences.filter((fence) => fence.startLine < (invented ?? lines.length)),
		finishReason,
		notices,
	);
	const prose = proseOf(lines, fences, invented);
	// A lone fence closes one that the prompt had opened, or that the model meant to open.
	const isUnfenced = finishReason !== 'length' && fences.every(({ code }) => code.trim() === '');
	const bare = isUnfenced ? bareCode(prose) : undefined;
	const blocks = bare === undefined ? fenced : [bare];
	const final = bare === undefined ? findFinal(prose, blocks.length > 0, notices) : undefined;
	return { blocks, final, notices, kept };
}

/** The line at which a reply starts to invent the output of its code: directly after a block. */
function inventedOutputLine(lines: readonly string[], fences: readonly Fence[]): number | undefined {
	for (const fence of fences) {
		if (!RUNNABLE.has(fence.language) || !fence.isClosed) continue;
		let index = fence.nextLine;
		while (index < lines.length && lines[index]?.trim() === '') index++;
		const line = lines[index] ?? '';
		if (INVENTED_OUTPUT.test(line) || /^[ \t]*```[ \t]*output[ \t]*$/i.test(line)) return index;
	}
	return undefined;
}

function runnableBlocks(fences: readonly Fence[], finishReason: FinishReason, notices: string[]): string[] {
	const hasRepl = fences.some((fence) => fence.language === 'repl');
	const chosen = fences.filter((fence) => (hasRepl ? fence.language === 'repl' : RUNNABLE.has(fence.language)));
	const isCut = (fence: Fence) => !fence.isClosed && finishReason === 'length';
	if (finishReason === 'length' && fences.some((fence) => !fence.isClosed)) {
		notices.push(
			'Your reply was cut by the token limit in the middle of the code, which was not run. Write less at a time.',
		);
	}
	const blocks = chosen.filter((fence) => !isCut(fence) && fence.code.trim() !== '').map((fence) => fence.code);
	const other = fences.find((fence) => !RUNNABLE.has(fence.language) && fence.language !== 'text');
	if (blocks.length === 0 && other) {
		notices.push(`A block tagged "${other.language}" is not run. Tag Python for the REPL with \`\`\`repl.`);
	}
	return blocks;
}

/** The text outside fences, up to any invented output. */
function proseOf(lines: readonly string[], fences: readonly Fence[], end: number | undefined): string {
	const isCode = new Set<number>();
	for (const fence of fences) for (let index = fence.startLine; index < fence.nextLine; index++) isCode.add(index);
	return lines.filter((_, index) => !isCode.has(index) && index < (end ?? lines.length)).join('\n');
}

/** How models write the names of our functions. */
const FINAL_VAR = /^[ \t>*_`]*(?:FINAL_VAR|Final_Var|final_var)\(/m;
const FINAL = /^[ \t>*_`]*(?:FINAL(?:_ANSWER)?|Final|final(?:_answer)?|answer)\(/m;
/** An answer that is announced instead of handed in. */
const ANNOUNCED = /^[ \t>*_#]*(?:FINAL|FINAL[ _]ANSWER|Final answer)[ \t*_]*:[ \t*_]*(?=\S)/m;

/** A variable name may accompany code, because it is read after the code has run. A literal answer may not. */
function findFinal(prose: string, hasCode: boolean, notices: string[]): TextFinal | undefined {
	const name = finalArgument(prose, FINAL_VAR);
	if (name) return { kind: 'var', value: unquote(name) };
	const value = finalArgument(prose, FINAL);
	if (value === undefined) return hasCode ? undefined : announcedAnswer(prose);
	if (!hasCode) return { kind: 'text', value: unquote(value) };
	notices.push('FINAL(...) in the text beside code was ignored. Look at the output first, then call FINAL in a cell.');
	return undefined;
}

const DECORATION = /[\s*_]/;

/** Without the characters at its end that match. A pattern with `+$` would take quadratic time. */
function withoutEnd(text: string, character: RegExp): string {
	let end = text.length;
	while (end > 0 && character.test(text[end - 1] ?? '')) end--;
	return text.slice(0, end);
}

function announcedAnswer(prose: string): TextFinal | undefined {
	const announced = ANNOUNCED.exec(prose);
	if (!announced) return undefined;
	const value = withoutEnd(prose.slice(announced.index + announced[0].length), DECORATION);
	return value === '' ? undefined : { kind: 'text', value: unquote(value) };
}

/** The text between the parentheses of a call on a line of its own; undefined when it is missing or empty. */
function finalArgument(prose: string, callee: RegExp): string | undefined {
	const call = callee.exec(prose);
	if (!call) return undefined;
	const rest = prose.slice(call.index + call[0].length);
	const end = balancedEnd(rest) ?? (call[0].endsWith('answer(') ? undefined : lastParenthesisOfALine(rest));
	const argument = end === undefined ? '' : rest.slice(0, end).trim();
	return argument === '' ? undefined : argument;
}

/** Index of the parenthesis that closes the call, when only decoration follows on its line. */
function balancedEnd(text: string): number | undefined {
	let depth = 1;
	for (let index = 0; index < text.length; index++) {
		if (text[index] === '(') depth++;
		if (text[index] === ')' && --depth === 0) {
			return /^[ \t.;*_`]*(?:\n|$)/.test(text.slice(index + 1)) ? index : undefined;
		}
	}
	return undefined;
}

/** For prose with unbalanced parentheses, such as a smiley. */
function lastParenthesisOfALine(text: string): number | undefined {
	let end = text.length;
	for (const line of text.split('\n').reverse()) {
		const trimmed = line.trimEnd();
		if (trimmed.endsWith(')')) return end - line.length + trimmed.length - 1;
		end -= line.length + 1;
	}
	return undefined;
}

/** Removes one pair of quotes when the whole text is one literal. */
function unquote(text: string): string {
	for (const quote of ['"""', "'''", '"', "'"]) {
		const inner = text.slice(quote.length, -quote.length);
		const isQuoted = text.length >= 2 * quote.length && text.startsWith(quote) && text.endsWith(quote);
		if (isQuoted && !inner.includes(quote)) return inner;
	}
	return text;
}
