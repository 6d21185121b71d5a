import { readChannels } from './channels.ts';
import { OWN_START, REASONING_END, REASONING_START, SPECIAL, TURN_END, TURN_START } from './markers.ts';
import type { ToolCall } from './ports/model.ts';

/** A reply without what belongs to the chat format. */
export interface BareReply {
	readonly text: string;
	/** What the model thought before it answered; empty when nothing was marked as that. */
	readonly reasoning: string;
	/** Calls of tools, where the format has them beside the text. */
	readonly calls: readonly ToolCall[];
}

const FENCE = '`{3,}|^[ \\t]*~{3,}';
const FIRST = new RegExp(`^\\s*${OWN_START}\\s*`, 'i');
const MARKS = new RegExp(`(?<open>${REASONING_START})|(?<close>${REASONING_END})|(?<fence>${FENCE})`, 'gim');
const ENDS = new RegExp(`(?<end>${TURN_END})|(?<fence>${FENCE})`, 'gm');
/** What shows that a model went on behind its own end: somebody else's part, or the same end again. */
const GOES_ON = new RegExp(`^\\s*(?:${TURN_START}|${TURN_END})`, 'i');
/** The end of a sentence, of a word or of a block of code; a mark behind anything else may be spoken about. */
const SAID = /[\w.!?)\]}"'`*]/;
/** What precedes a mark in a list of marks, or behind a name. */
const NAMES_IT = /(?:^[ \t]*(?:[-*+•]|\d{1,4}[.)])|[:=,|(])[ \t]*$/m;
const LAST = new RegExp(`(?:${SPECIAL})\\s*$`);
const BOXES = /<\|(?:begin|end)_of_box\|>/g;
/** A frame around the answer, which some families put behind their reasoning. */
const FRAME = /^\s*<(answer|response)>([\s\S]*)<\/\1>\s*$/i;
/** Characters around a mark that are looked at. */
const NEAR = 400;

/**
 * Takes out of a reply what the model did not say: reasoning (also a block that only closes, because the chat template
 * had opened it), stop tokens, and whatever it wrote behind its own end. A mark that is quoted, or stands in a line of
 * code, is text. A reply without marks comes back unchanged.
 * @param hasThought whether reasoning came on a channel of its own before
 */
export function bareReply(raw: string, hasThought = false): BareReply {
	const spoken = withoutStart(raw);
	const { text, reasoning, calls } = readChannels(spoken) ?? { ...withoutReasoning(spoken), calls: [] };
	const ended = withoutEnd(text).replace(BOXES, '');
	return { text: hasThought || reasoning !== '' ? unframed(ended) : ended, reasoning, calls };
}

function withoutStart(text: string): string {
	const start = FIRST.exec(text)?.[0] ?? '';
	return start.trim() === '' ? text : text.slice(start.length);
}

function unframed(text: string): string {
	return FRAME.exec(text)?.[2]?.trim() ?? text;
}

// --- Reasoning -------------------------------------------------------------------------------------------------------

/** Moves closed blocks of reasoning out of the text, and one at its start that never closes. */
function withoutReasoning(text: string): Omit<BareReply, 'calls'> {
	let [kept, reasoning, from] = ['', '', 0];
	let opened: { readonly at: number; readonly end: number } | undefined;
	let [isInCode, mentions] = [false, 0];
	const trimmed = text.trim();
	for (const mark of text.matchAll(MARKS)) {
		const [at, end] = [mark.index, mark.index + mark[0].length];
		if (mark.groups?.fence !== undefined) isInCode = !isInCode;
		else if (isQuoted(text, at, end)) continue;
		else if (mark.groups?.open !== undefined) {
			if (opened || isInCode) continue;
			if (isAtLineStart(text, at)) opened = { at, end };
			else mentions++;
		} else if (opened) {
			kept += text.slice(from, opened.at);
			reasoning += text.slice(opened.end, at);
			[opened, from, isInCode] = [undefined, end, false];
		} else if (mentions > 0) mentions--;
		else if ((!isInCode || isAtLineStart(text, at)) && trimmed !== mark[0]) {
			// Only closed: everything so far was reasoning.
			reasoning += kept + text.slice(from, at);
			[kept, from, isInCode] = ['', end, false];
		}
	}
	if (opened && (kept + text.slice(from, opened.at)).trim() === '') {
		reasoning += text.slice(opened.end);
		from = text.length;
	}
	if (from === 0) return { text, reasoning };
	return { text: kept.trim() === '' ? text.slice(from).trimStart() : kept + text.slice(from), reasoning };
}

/** Whether a mark is spoken about: in quotes, or in a piece of code within a line. */
function isQuoted(text: string, at: number, end: number): boolean {
	if (/["'“‘«„]/.test(text[at - 1] ?? '') && /["'”’»“]/.test(text[end] ?? '')) return true;
	return (text[at - 1] === '`' && text[at - 2] !== '`') || (text[end] === '`' && text[end + 1] !== '`');
}

function isAtLineStart(text: string, at: number): boolean {
	let before = at;
	while (text[before - 1] === ' ' || text[before - 1] === '\t') before--;
	return before === 0 || text[before - 1] === '\n';
}

// --- Ends ------------------------------------------------------------------------------------------------------------

/** Cuts the text where the model ended, and takes leaked tokens off its end. */
function withoutEnd(text: string): string {
	const cut = endOf(text);
	let kept = cut === undefined ? text : text.slice(0, cut);
	for (;;) {
		const tail = kept.slice(-NEAR);
		const leaked = LAST.exec(tail);
		if (!leaked || isSpokenOf(tail, leaked.index, leaked[0].trim())) return kept;
		kept = kept.slice(0, kept.length - tail.length + leaked.index);
	}
}

/** Where the model ended although more follows; undefined when there is no such place. */
function endOf(text: string): number | undefined {
	let isInCode = false;
	for (const mark of text.matchAll(ENDS)) {
		const [at, end] = [mark.index, mark.index + mark[0].length];
		if (mark.groups?.fence !== undefined) isInCode = !isInCode;
		else if (!isQuoted(text, at, end) && isEnd(text, at, end, isInCode)) return at;
	}
	return undefined;
}

function isEnd(text: string, at: number, end: number, isInCode: boolean): boolean {
	const before = text.slice(Math.max(0, at - NEAR), at);
	if (isSpokenOf(before, before.length, text.slice(at, end))) return false;
	const behind = text.slice(end, end + NEAR);
	if (GOES_ON.test(behind)) return true;
	return !isInCode && /^[ \t]*\r?\n/.test(behind) && SAID.test(text[at - 1] ?? '');
}

/** `</s>` also closes what HTML strikes out, and some texts list such marks. */
function isSpokenOf(text: string, at: number, mark: string): boolean {
	const before = text.slice(0, at);
	if (NAMES_IT.test(before)) return true;
	return mark === '</s>' && before.lastIndexOf('<s>') > before.lastIndexOf('</s>');
}
