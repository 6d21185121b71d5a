import { createReadStream } from 'node:fs';
import * as v from 'valibot';
import { codeOf, InputError, reasonOf } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { checkShape } from '../protocol/boundedJson.ts';
import { FrameError } from '../protocol/frameError.ts';
import { eventSchema } from './eventSchema.ts';
import { JOURNAL_FORMAT, JOURNAL_VERSION } from './format.ts';

/** Longest line, and all texts that one line refers to. Characters. */
const LINE_CHARACTERS = 128 << 20;
/** What to do about a file that rlm did not write. */
const HINT = 'Choose a journal that rlm wrote.';

const headerSchema = v.object({ format: v.literal(JOURNAL_FORMAT), version: v.number() });
const textSchema = v.object({ $text: v.string(), text: v.string() });
const referenceSchema = v.object({ $text: v.string() });

/**
 * Reads the events of a journal in order, with their texts filled in. Skips a last line that a crash cut off.
 * @throws InputError that names the file, and the line if one is corrupt; also when the file is not a journal, has
 * another version, or cannot be read
 */
export async function* readJournal(path: string): AsyncGenerator<RunEvent> {
	const texts = new Map<string, string>();
	let lineNumber = 0;
	for await (const line of readLines(path)) {
		lineNumber++;
		const fail = (problem: string): never => {
			throw new InputError(`${path}:${lineNumber}: ${problem}`, HINT);
		};
		const value = parseLine(line, texts, fail);
		if (value === undefined) {
			if (!line.isComplete && lineNumber > 1) return;
			fail(lineNumber === 1 ? 'this is not a journal of rlm' : 'the line is not JSON');
		}
		if (lineNumber === 1) checkHeader(value, fail);
		else if (v.is(textSchema, value)) texts.set(value.$text, value.text);
		else yield parseEvent(value, fail);
	}
	if (lineNumber === 0) throw new InputError(`${path} is empty`, HINT);
}

/** The line as JSON with its references filled in; undefined when it is not JSON. */
function parseLine({ text }: Line, texts: ReadonlyMap<string, string>, fail: (problem: string) => never): unknown {
	let characters = 0;
	const filled = (_key: string, value: unknown) => {
		if (!v.is(referenceSchema, value) || 'text' in value) return value;
		const full = texts.get(value.$text);
		characters += full?.length ?? 0;
		if (characters > LINE_CHARACTERS) throw new FrameError('the texts of the line are too long together');
		return full ?? value;
	};
	try {
		checkShape(text);
		return JSON.parse(text, filled);
	} catch (error) {
		return error instanceof FrameError ? fail(error.message) : undefined;
	}
}

function checkHeader(value: unknown, fail: (problem: string) => never): void {
	if (!v.is(headerSchema, value)) fail('this is not a journal of rlm');
	else if (value.version !== JOURNAL_VERSION) {
		fail(`the journal has version ${value.version}, this rlm reads version ${JOURNAL_VERSION}`);
	}
}

function parseEvent(value: unknown, fail: (problem: string) => never): RunEvent {
	const result = v.safeParse(eventSchema, value);
	if (result.success) return result.output;
	const field = v.getDotPath(result.issues[0]);
	return fail(`${field ? `${field}: ` : ''}${result.issues[0].message}`);
}

/** A line of a file. */
export interface Line {
	readonly text: string;
	/** False for a last line without its line feed. */
	readonly isComplete: boolean;
}

/**
 * Splits by line feed only. `node:readline` cannot tell a cut last line from a complete one.
 * @throws InputError when the file cannot be read, or has a line that is too long
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
	let parts: string[] = [];
	let [lineNumber, characters] = [1, 0];
	try {
		for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
			const pieces = String(chunk).split('\n');
			for (const piece of pieces.slice(0, -1)) {
				yield { text: [...parts, piece].join(''), isComplete: true };
				parts = [];
				[lineNumber, characters] = [lineNumber + 1, 0];
			}
			const piece = pieces.at(-1) ?? '';
			characters += piece.length;
			if (characters > LINE_CHARACTERS) throw new InputError(`${path}:${lineNumber}: the line is too long`, HINT);
			parts.push(piece);
		}
	} catch (error) {
		if (error instanceof InputError) throw error;
		throw new InputError(`${path} cannot be read: ${whyUnreadable(error)}`, undefined, { cause: error });
	}
	const rest = parts.join('');
	if (rest !== '') yield { text: rest, isComplete: false };
}

function whyUnreadable(error: unknown): string {
	const code = codeOf(error);
	if (code === 'ENOENT') return 'there is no such file';
	if (code === 'EISDIR') return 'it is a folder';
	return reasonOf(error);
}
