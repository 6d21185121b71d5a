import { bareReply } from './bareReply.ts';
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

interface Fence {
	readonly language: string;
	readonly code: string;
	/** Line after the closing fence, or the number of lines when it never closes. */
	readonly nextLine: number;
	readonly isClosed: boolean;
	readonly startLine: number;
}

const RUNNABLE = new Set(['repl', 'python', 'python3', 'py', '']);
// Replies are long and arbitrary, so each pattern scans a character once, whatever precedes it.
const FENCE_LINE = /^([ \t]*)(?=(?:~~~|```+(?!`))[^`]*$)(`{3,}|~{3,})[ \t]*([\w+#.-]*)/;
const ONE_LINE_BLOCK = /^[ \t]*```[ \t]*(repl|python|py)[ \t]([^`\n]+)```[ \t]*$/i;
const INVENTED_OUTPUT =
	/^[ \t>*_#]*(?:(?:REPL|execution|code|cell|console)[ \t]+)?(?:output|results?|stdout)\b[ \t*_]*:/i;

/**
 * Parses a reply of the root model: the code to run and the answer it hands in.
 *
 * Fences of three or more backticks or tildes that are tagged `repl`, `python`, `py` or untagged are code, in any
 * letter case. If there is a `repl` block, all others are illustration. A fence closes on a line of its own that is not
 * inside a triple-quoted string of the Python before it.
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
	const blocks = runnableBlocks(
		fences.filter((fence) => fence.startLine < (invented ?? lines.length)),
		finishReason,
		notices,
	);
	const final = findFinal(proseOf(lines, fences, invented), blocks.length > 0, notices);
	return { blocks, final, notices, kept };
}

function findFences(lines: readonly string[]): Fence[] {
	const fences: Fence[] = [];
	for (let index = 0; index < lines.length; ) {
		const fence = fenceAt(lines, index);
		if (fence) fences.push(fence);
		index = fence ? fence.nextLine : index + 1;
	}
	return fences;
}

function fenceAt(lines: readonly string[], start: number): Fence | undefined {
	const first = lines[start] ?? '';
	const oneLine = ONE_LINE_BLOCK.exec(first);
	const code = oneLine?.[2]?.trim() ?? '';
	if (oneLine?.[1] !== undefined && code !== '') {
		return {
			language: oneLine[1].toLowerCase(),
			code,
			nextLine: start + 1,
			isClosed: true,
			startLine: start,
		};
	}
	const opening = FENCE_LINE.exec(first);
	if (!opening) return undefined;
	const [, indent = '', marker = '', tag = ''] = opening;
	const language = tag.toLowerCase();
	if (language === '' && isFenceLine(lines[start + 1])) return undefined; // a decorative fence around the real one
	const end = closingLine(lines, start, marker, RUNNABLE.has(language));
	const body = end === undefined ? withoutTrailingFence(lines.slice(start + 1), marker) : lines.slice(start + 1, end);
	return {
		language,
		code: dedent(body, indent).join('\n'),
		nextLine: end === undefined ? lines.length : end + 1,
		isClosed: end !== undefined,
		startLine: start,
	};
}

/** A closing fence appended to the last line of code. */
function withoutTrailingFence(body: readonly string[], marker: string): readonly string[] {
	const last = body.findLastIndex((line) => line.trim() !== '');
	const line = body[last]?.trimEnd() ?? '';
	return line.endsWith(marker) ? [...body.slice(0, last), line.slice(0, -marker.length)] : body;
}

function isFenceLine(line: string | undefined): boolean {
	return line !== undefined && FENCE_LINE.test(line);
}

/** The line that closes a fence. A line inside a Python string literal does not, unless nothing else would. */
function closingLine(lines: readonly string[], start: number, marker: string, isPython: boolean): number | undefined {
	const closes = new RegExp(`^[ \\t]*\\${marker[0]}{${marker.length},}[ \\t]*$`);
	const strings = new StringLiteralTracker();
	let inString: number | undefined;
	for (let index = start + 1; index < lines.length; index++) {
		const line = lines[index] ?? '';
		if (closes.test(line)) {
			if (!isPython || !strings.isInside) return index;
			inString ??= index;
		}
		strings.feed(line);
	}
	return inString;
}

/** Follows Python source line by line and tells whether the next line starts inside a triple-quoted string. */
class StringLiteralTracker {
	#quote = '';

	get isInside(): boolean {
		return this.#quote !== '';
	}

	feed(line: string): void {
		for (let index = 0; index < line.length; index++) {
			if (this.#quote === '') {
				const character = line[index];
				if (character === '#') return;
				if (character === '"' || character === "'") {
					const triple = character.repeat(3);
					this.#quote = line.startsWith(triple, index) ? triple : character;
					index += this.#quote.length - 1;
				}
			} else if (line[index] === '\\') {
				index++;
			} else if (line.startsWith(this.#quote, index)) {
				index += this.#quote.length - 1;
				this.#quote = '';
			}
		}
		if (this.#quote.length === 1 && !line.endsWith('\\')) this.#quote = '';
	}
}

function dedent(lines: readonly string[], indent: string): string[] {
	return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
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

/** A variable name may accompany code, because it is read after the code has run. A literal answer may not. */
function findFinal(prose: string, hasCode: boolean, notices: string[]): TextFinal | undefined {
	const name = finalArgument(prose, 'FINAL_VAR');
	if (name) return { kind: 'var', value: unquote(name) };
	const value = finalArgument(prose, 'FINAL');
	if (value === undefined) return undefined;
	if (!hasCode) return { kind: 'text', value: unquote(value) };
	notices.push('FINAL(...) in the text beside code was ignored. Look at the output first, then call FINAL in a cell.');
	return undefined;
}

/** The text between the parentheses of a call on a line of its own; undefined when it is missing or empty. */
function finalArgument(prose: string, callee: string): string | undefined {
	const call = new RegExp(`^[ \\t>*_\`]*${callee}\\(`, 'm').exec(prose);
	if (!call) return undefined;
	const rest = prose.slice(call.index + call[0].length);
	const end = balancedEnd(rest) ?? lastParenthesisOfALine(rest);
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
