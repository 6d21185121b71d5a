import { type Passage, splitPassages, type Unit, unitsOf } from './passages.ts';
import { bm25, centrality } from './rank.ts';
import { inEnglish, wordGroups } from './vocabulary.ts';
import { tellingTokens, tokens } from './words.ts';

/**
 * What a plan's own prompt ends with. A small model follows it, too: it answers in words, and code finds the lines that
 * the answer rests on.
 */
export const EXTRACT_INSTRUCTION =
	'Answer the question in one to three sentences, from the passages alone. If they do not answer it, reply only: nothing found';
export const SUMMARY_INSTRUCTION =
	'Say in two or three sentences what these passages are about. If there is nothing to say, reply only: nothing found';
/** Precedes what the built-in engine replies to these prompts, so that a plan tells it from words of a language model. */
export const QUOTED = 'Quoted:';
/** The reply to the prompts above when no line answers. */
export const NOTHING = 'nothing found';

const MAX_QUOTES = 8;
const MAX_SUMMARY = 6;

/** A prompt split into what to do and the text to do it with. */
interface Task {
	readonly instruction: string;
	readonly passages: readonly Passage[];
	/** True for a prompt of this engine's own plan, which reads the reply by its form. */
	readonly isOwn: boolean;
}

/**
 * Answers a prompt from its own text: the sentences and lines that fit its question best. Yes/no, count and classify
 * instructions get the best that words alone can tell.
 * @param note the line that says what answered; omitted when a plan of this engine reads the reply
 */
export function answerPrompt(prompt: string, note: string): string {
	const task = readTask(prompt);
	if (task.isOwn) return quotes(task);
	return `${foreignReply(task)}\n\n${note}`;
}

function quotes({ instruction, passages }: Task): string {
	const isSummary = instruction.endsWith(SUMMARY_INSTRUCTION);
	const best = isSummary
		? central(passages, MAX_SUMMARY)
		: answering(inEnglish(questionOf(instruction)), passages, MAX_QUOTES);
	return [QUOTED, ...(best.length === 0 ? [NOTHING] : best.map(quote))].join('\n');
}

function quote({ path, line, text }: Unit): string {
	return path === '' ? text : `${path}:${line}: ${text}`;
}

function questionOf(instruction: string): string {
	return /<question>\n?([\s\S]*?)\n?<\/question>/.exec(instruction)?.[1] ?? instruction;
}

function readTask(prompt: string): Task {
	const own = [EXTRACT_INSTRUCTION, SUMMARY_INSTRUCTION].find((instruction) => prompt.trimEnd().endsWith(instruction));
	const tagged =
		/^<(passages|text|document|documents|context|chunk|content|data|input|file)>\n?([\s\S]*)\n?<\/\1>/im.exec(prompt);
	if (tagged) {
		const instruction = `${prompt.slice(0, tagged.index)}${prompt.slice(tagged.index + tagged[0].length)}`.trim();
		return { instruction, passages: splitPassages(tagged[2] ?? ''), isOwn: own !== undefined };
	}
	const { instruction, text } = splitByShape(prompt);
	return { instruction, passages: splitPassages(text), isOwn: false };
}

/** Instruction and text of a prompt, which may be separated by a fence, a label, a rule, or nothing. */
function splitByShape(prompt: string): { instruction: string; text: string } {
	const fence = /^(`{3,}|"""|~{3,})[^\n]*\n([\s\S]*?)\n\1[ \t]*$/m.exec(prompt);
	if (fence) return around(prompt, fence.index, fence[0].length, fence[2] ?? '');
	const label =
		/^[ \t]*(?:the |here (?:is|are) the )?(?:[\w-]+ )?(?:text|context|document|passage|passages|content|chunk|data|input|lines|code|log|excerpt)s?[ \t]*:[ \t]*\n?/im.exec(
			prompt,
		);
	if (label) {
		const rest = prompt.slice(label.index + label[0].length);
		const question = /\n\s*(?:question|query|task|instruction|answer)s?[ \t]*:/i.exec(rest);
		const text = question ? rest.slice(0, question.index) : rest;
		return around(prompt, label.index, label[0].length + text.length, text);
	}
	const paragraphs = prompt.trim().split(/\n\s*(?:-{3,}|={3,}|\*{3,})?\s*\n/);
	const last = paragraphs.at(-1) ?? '';
	if (paragraphs.length > 1 && /\?\s*$/.test(last) && !/\?\s*$/.test(paragraphs[0] ?? '')) {
		return { instruction: last, text: paragraphs.slice(0, -1).join('\n\n') };
	}
	if (paragraphs.length > 1) return { instruction: paragraphs[0] ?? '', text: paragraphs.slice(1).join('\n\n') };
	const colon = /^(.{4,300}?[:?])\s+([\s\S]{20,})$/.exec(prompt.trim());
	return colon ? { instruction: colon[1] ?? '', text: colon[2] ?? '' } : { instruction: prompt.trim(), text: '' };
}

function around(prompt: string, start: number, length: number, text: string): { instruction: string; text: string } {
	return { instruction: `${prompt.slice(0, start)}\n${prompt.slice(start + length)}`.trim(), text };
}

function foreignReply(task: Task): string {
	const { passages } = task;
	const instruction = questionOf(task.instruction);
	if (passages.every(({ lines }) => lines.every((line) => line.trim() === ''))) {
		return 'There is no text in this prompt to take an answer from.';
	}
	const labels = labelsOf(instruction);
	if (labels.length > 1) return classify(labels, passages);
	if (/\b(?:how many|how often|count|number of)\b/i.test(instruction)) return count(instruction, passages);
	if (/\b(?:summar|overview|tl;?dr|main (?:points?|ideas?)|gist|key points?)/i.test(instruction)) {
		return listOrNothing(central(passages, MAX_SUMMARY));
	}
	const found = answering(instruction, passages, MAX_QUOTES);
	const isYesNo =
		/\b(?:yes or no|yes\/no|true or false)\b/i.test(instruction) ||
		/^(?:is|are|was|were|does|do|did|has|have|can|could|will|should)\b/i.test(instruction.trim());
	if (!isYesNo) return listOrNothing(found);
	const isAffirmed = found.length > 0 && found.some((unit) => covers(unit.text, instruction));
	return isAffirmed
		? `Yes, as far as words tell:\n${listOrNothing(found.slice(0, 3))}`
		: 'No: the text does not say so.';
}

function listOrNothing(units: readonly Unit[]): string {
	return units.length === 0 ? 'Nothing in the text answers this.' : units.map(quote).join('\n');
}

/** Whether one text contains most of the words of a question. */
function covers(text: string, question: string): boolean {
	const asked = tellingTokens(question.replace(/\b(?:yes or no|yes\/no|true or false|answer|reply)\b/gi, ''));
	const held = new Set(tokens(text));
	return asked.filter((token) => held.has(token)).length * 3 >= asked.length * 2;
}

function count(instruction: string, passages: readonly Passage[]): string {
	const quoted = /["“'`]([^"”'`]+)["”'`]/.exec(instruction)?.[1];
	const lines = passages.flatMap((passage) => passage.lines);
	if (quoted !== undefined) {
		const needle = quoted.toLowerCase();
		const occurrences = lines.reduce((sum, line) => sum + line.toLowerCase().split(needle).length - 1, 0);
		return `${occurrences} (occurrences of "${quoted}")`;
	}
	if (/\b(?:how many|count the|number of)\s+lines\b/i.test(instruction)) return `${lines.length} lines`;
	const asked = tellingTokens(instruction);
	const holding = lines.filter((line) => tokens(line).some((token) => asked.includes(token)));
	return `${holding.length} (lines with a word of the instruction: ${asked.join(', ')})`;
}

/** The labels of an instruction such as "classify as one of: a, b, c". */
function labelsOf(instruction: string): string[] {
	const list =
		/\b(?:classif\w*|categor\w*|label\w*|one of|choose|sentiment)\b[^:\n]*?(?::|\bas\b|\bfrom\b|\bof\b)\s*\(?((?:["'`]?[\w -]{2,40}["'`]?\s*(?:,|\/|\||\bor\b)\s*)+["'`]?[\w -]{2,40}["'`]?)/i.exec(
			instruction,
		)?.[1];
	return (list ?? '')
		.split(/,|\/|\||\bor\b/)
		.map((label) => label.replace(/["'`]/g, '').trim())
		.filter((label) => label !== '');
}

/** The label with the most words in the text; each line of several gets its own. */
function classify(labels: readonly string[], passages: readonly Passage[]): string {
	const lines = passages.flatMap((passage) => passage.lines).filter((line) => line.trim() !== '');
	const labelled = lines.map((line) => ({ line, label: bestLabel(labels, line) }));
	const known = labelled.filter(({ label }) => label !== undefined);
	if (known.length === 0) return `unknown (none of the words ${labels.join(', ')} stands in the text)`;
	if (lines.length === 1) return known[0]?.label ?? '';
	return labelled.map(({ line, label }) => `${label ?? 'unknown'}: ${line.trim().slice(0, 120)}`).join('\n');
}

function bestLabel(labels: readonly string[], line: string): string | undefined {
	const held = new Set(tokens(line));
	const scored = labels.map((label) => ({ label, hits: tokens(label).filter((token) => held.has(token)).length }));
	const best = scored.reduce((left, right) => (right.hits > left.hits ? right : left));
	return best.hits > 0 ? best.label : undefined;
}

const LEGAL = /copyright|permission|licen[cs]|warrant|all rights|redistribut/i;

/** Sentences of prose that share most with the others, in text order. */
function central(passages: readonly Passage[], limit: number): Unit[] {
	const units = passages.flatMap(unitsOf);
	const prose = units.filter((unit) => unit.isProse && !LEGAL.test(unit.text) && unit.text.split(/\s+/).length >= 8);
	const candidates = prose.length > 0 ? prose : units;
	const scores = centrality(candidates.map(({ text }) => text));
	return candidates
		.map((unit, index) => ({ unit, index, score: scores[index] ?? 0 }))
		.sort((left, right) => right.score - left.score)
		.slice(0, limit)
		.sort((left, right) => left.index - right.index)
		.map(({ unit }) => unit);
}

/** Kinds of answer that a question word asks for, and what they look like. */
const ANSWER_SIGNS: readonly (readonly [asks: RegExp, looks: RegExp])[] = [
	[
		/\bwhy\b|\breason\b/i,
		/\b(?:because|since|so that|in order to|due to|therefore|otherwise|avoid|reason|cannot|must)\b/i,
	],
	[/\bwhen\b|\bwhat (?:time|date|year)\b/i, /\d{4}|\d\d:\d\d|\b(?:when|after|before|until|once|as soon as|while)\b/i],
	[
		/\bhow (?:many|much|long|large|big|often|old)\b|\b(?:temperature|price|cost|age|speed|size|weight|percent|default|limit|maximum|minimum|value)\b/i,
		/\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand)\b/i,
	],
	[/\bwho\b|\bauthors?\b/i, /@|\bby\b|\bauthor|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+/u],
	[/\bhow\b/i, /\b(?:by|first|then|so that|using|with|each|until)\b/i],
];
const POOR =
	/^(?:import\b|from\s+\S+\s+import\b|(?:describe|it|test|expect)\(|assert\b|export \{|\}|\)|#include\b|using\b|package\b|require\()/;

/** A line that describes a parameter. */
const FIELD = /^(?:\* )?(?:@\w|:(?:param|type|returns?|raises)\b)/;

/** The units that answer a question best, best first. */
function answering(question: string, passages: readonly Passage[], limit: number): Unit[] {
	const units = passages.flatMap(unitsOf);
	const asked = tellingTokens(question);
	if (/\bwho\b/i.test(question) && /\b(?:wrote|made|created|built)\b/i.test(question)) asked.push('author');
	const related = wordGroups(question).flatMap((forms) => forms.slice(1));
	// The name of a file applies to all its lines.
	const scores = bm25(
		units.map(({ path, text }) => `${/([^/]*?)(?:\.\w+)?$/.exec(path)?.[1] ?? ''} ${text}`),
		[...new Set([...asked, ...related])],
	);
	const signs = ANSWER_SIGNS.filter(([asks]) => asks.test(question)).map(([, looks]) => looks);
	const needed = Math.max(1, Math.ceil(asked.length / 4));
	const ranked = units
		.map((unit, index) => ({ unit, score: scores[index] ?? { value: 0, covered: 0 } }))
		.filter(({ score }) => score.covered >= needed)
		.map(({ unit, score }) => ({ unit, value: score.value * fitness(unit, signs) }))
		.sort((left, right) => right.value - left.value);
	const least = (ranked[0]?.value ?? 0) * 0.35;
	return withoutRepeats(ranked.filter(({ value }) => value >= least).map(({ unit }) => unit)).slice(0, limit);
}

function fitness({ text, isProse }: Unit, signs: readonly RegExp[]): number {
	if (POOR.test(text)) return 0.3;
	if (FIELD.test(text)) return 0.6;
	const shape = isProse ? 1.7 : 1;
	const length = text.length < 25 ? 0.7 : 1;
	return shape * length * (signs.some((looks) => looks.test(text)) ? 1.35 : 1);
}

function withoutRepeats(units: readonly Unit[]): Unit[] {
	const seen = new Set<string>();
	return units.filter(({ text }) => {
		const key = tokens(text).join(' ');
		return !seen.has(key) && seen.add(key);
	});
}
