import { stringTracker } from './pythonStrings.ts';

/** A piece of a reply that is marked as code. */
export interface Fence {
	/** In lower case; empty when there is none. */
	readonly language: string;
	readonly code: string;
	readonly startLine: number;
	/** Line after the closing fence, or the number of lines when it never closes. */
	readonly nextLine: number;
	readonly isClosed: boolean;
}

/** Languages of fences that run in the REPL. */
export const RUNNABLE: ReadonlySet<string> = new Set(['repl', 'python', 'python3', 'py', 'ipython', 'tool_code', '']);

/** How a fence begins: the line of a reply, taken apart. */
interface Opening {
	readonly language: string;
	/** What stands before every line of it: indentation, or the mark of a quotation. */
	readonly prefix: string;
	/** Matches the line that closes it. */
	readonly closes: RegExp;
	/** What closes it at the end of a line of code. */
	readonly marker: string;
}

// Replies are long and arbitrary, so each pattern scans a character once, whatever precedes it.
const FENCE_LINE = /^([ \t]*(?:>[ \t]?)*)(?=(?:~~~|```+(?!`))[^`]*$)(`{3,}|~{3,})[ \t]*([\w+#.-]*)/;
const ONE_LINE_BLOCK = /^[ \t]*```[ \t]*(repl|python|py)[ \t]([^`\n]+)```[ \t]*$/i;
/** A fence behind text: `Here it is: ```python`. Without a language it would be the end of a block. */
const FENCE_BEHIND_TEXT = /^[^`]*[^`\s][ \t]*(`{3,})[ \t]*(repl|python3?|py)[ \t]*$/i;
/** Tags that some models put around code instead of a fence. */
const TAG_LINE = /^[ \t]*<(code|python|repl|tool_code|execute)(?:[ \t]+(?:lang(?:uage)?)="?(\w+)"?)?>[ \t]*$/i;
/** A tag with everything on one line. */
const ONE_LINE_TAG = /^[ \t]*<(code|python|repl|tool_code|execute)>([^<\n]+)<\/\1>[ \t]*$/i;
const LANGUAGE_LINE = /^[ \t>]*(repl|python3?|py)[ \t]*$/i;

/** All pieces of code that are marked as such, in order. */
export function findFences(lines: readonly string[]): Fence[] {
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
	const oneLine = oneLineBlock(first);
	if (oneLine) return { ...oneLine, startLine: start, nextLine: start + 1, isClosed: true };
	const opening = openingOf(first, lines[start + 1]);
	if (!opening) return undefined;
	const { closes, marker, prefix } = opening;
	const end = closingLine(lines, start, closes, RUNNABLE.has(opening.language));
	const body = end === undefined ? withoutTrailing(lines.slice(start + 1), marker) : lines.slice(start + 1, end);
	const { language, code } = languageInside(opening.language, withoutPrefix(body, prefix));
	return {
		language,
		code: code.join('\n'),
		startLine: start,
		nextLine: end === undefined ? lines.length : end + 1,
		isClosed: end !== undefined,
	};
}

function oneLineBlock(line: string): Pick<Fence, 'language' | 'code'> | undefined {
	const fenced = ONE_LINE_BLOCK.exec(line);
	const tagged = fenced ? undefined : ONE_LINE_TAG.exec(line);
	const code = (fenced?.[2] ?? tagged?.[2] ?? '').trim();
	if (code === '') return undefined;
	return { language: fenced?.[1]?.toLowerCase() ?? 'python', code };
}

function openingOf(line: string, next: string | undefined): Opening | undefined {
	const fence = FENCE_LINE.exec(line);
	if (fence) {
		const [, prefix = '', marker = '', tag = ''] = fence;
		const language = tag.toLowerCase();
		if (language === '' && next !== undefined && FENCE_LINE.test(next)) return undefined; // decoration around the real one
		return { language, prefix, marker, closes: closingFence(marker) };
	}
	const behind = FENCE_BEHIND_TEXT.exec(line);
	if (behind) {
		const [, marker = '', language = ''] = behind;
		return { language: language.toLowerCase(), prefix: '', marker, closes: closingFence(marker) };
	}
	const tag = TAG_LINE.exec(line);
	if (!tag) return undefined;
	const [, name = '', language] = tag;
	const closes = new RegExp(`^[ \\t]*</${name}>[ \\t]*$`, 'i');
	return { language: language?.toLowerCase() ?? 'python', prefix: '', marker: `</${name}>`, closes };
}

function closingFence(marker: string): RegExp {
	return new RegExp(`^(?:[ \\t]*>)*[ \\t]*\\${marker[0]}{${marker.length},}[ \\t]*$`);
}

/** Some models write the language on a line of its own, below a fence without one. */
function languageInside(language: string, code: readonly string[]): { language: string; code: readonly string[] } {
	const inside = language === '' ? LANGUAGE_LINE.exec(code[0] ?? '') : null;
	if (!inside?.[1] || code.length < 2) return { language, code };
	return { language: inside[1].toLowerCase(), code: code.slice(1) };
}

/** A closing marker appended to the last line of code. */
function withoutTrailing(body: readonly string[], marker: string): readonly string[] {
	const last = body.findLastIndex((line) => line.trim() !== '');
	const line = body[last]?.trimEnd() ?? '';
	return line.endsWith(marker) ? [...body.slice(0, last), line.slice(0, -marker.length)] : body;
}

/** Lines that are searched for a better end of a fence: without a bound each fence of a reply could read all the rest. */
const LOOK_AHEAD_LINES = 300;

/** The line that closes a fence. A line inside a Python string literal does not, unless nothing else would. */
function closingLine(lines: readonly string[], start: number, closes: RegExp, isPython: boolean): number | undefined {
	const strings = stringTracker();
	let inString: number | undefined;
	for (let index = start + 1; index < Math.min(lines.length, (inString ?? lines.length) + LOOK_AHEAD_LINES); index++) {
		const line = lines[index] ?? '';
		if (closes.test(line)) {
			if (!isPython || !strings.isInside()) return index;
			inString ??= index;
		}
		strings.feed(line);
	}
	return inString;
}

function withoutPrefix(lines: readonly string[], prefix: string): string[] {
	const isQuotation = prefix.includes('>');
	return lines.map((line) => {
		if (line.startsWith(prefix)) return line.slice(prefix.length);
		return isQuotation ? line.replace(/^(?:[ \t]*>)+ ?/, '') : line.trimStart();
	});
}
