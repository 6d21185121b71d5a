import type { FinalAnswer, QueryReply } from '../../core/ports/sandbox.ts';
import { subCallCharacters } from '../../core/prompt/capacity.ts';
import { isSmall } from '../../core/prompt/profiles.ts';
import type { RunState } from '../../core/runState.ts';
import { answerFrom } from '../../core/steps/read.ts';
import { takeStep, tell } from '../../core/steps/step.ts';
import { type Chunk, chunkCount, chunksOf } from './chunks.ts';
import {
	announce,
	askLeaves,
	checkedValue,
	type Estimate,
	estimateOf,
	inWords,
	isAffordable,
	type Leaf,
} from './leaves.ts';
import type { Plan, Work } from './plan.ts';

/** Characters that a call reads: what small models still read well, and what pays for others. */
const [SMALL_CHUNK, CHUNK] = [5_000, 40_000];
/** Share of the sub-model's window that a chunk may fill. */
const WINDOW_SHARE = 0.6;
/** Notes that one call may write, and characters of each. */
const [MOST_NOTES, NOTE_CHARACTERS] = [8, 300];
/** From so many parts on, a few are read first, to learn how fast the model is. */
const [MANY, TRIAL] = [20, 2];
const NOTES_TOKENS = 700;
const ANSWER_TOKENS = 700;
/** Times that notes are merged before those that are left over are cut. */
const MOST_LEVELS = 6;

/** For what all of a text says: every part is read for notes, equal ones are dropped, and the rest are merged in a tree. */
export const mapReduce: Plan = {
	name: 'map-reduce',
	about: 'It has every part of the text read for notes on the question, merges them, and answers from what is left.',
	steps: [
		async (work) => {
			const notes = await notesOfAll(work);
			return notes.length === 0 ? undefined : answerFromNotes(work.state, await merged(work.state, notes));
		},
	],
};

const NOTES = {
	type: 'object',
	properties: {
		notes: { type: 'array', items: { type: 'string', maxLength: NOTE_CHARACTERS }, maxItems: MOST_NOTES },
	},
	required: ['notes'],
	additionalProperties: false,
} as const;

const EXTRACT =
	'You read one part of a longer text. Write down what this part says that helps to answer the question: short notes with the names, figures and words of the text, each understandable by itself. Write no note about anything that this part does not say. If it says nothing of use, the list is empty.';
const MERGE =
	'You get notes that were taken from parts of a longer text for one question. Merge them into fewer: join those that say the same, keep names and figures, drop what does not help to answer the question.';
const ANSWER =
	'You get notes that were taken from all parts of a text for one question. Answer the question from them, in full sentences, with their names and figures. If they do not answer it, reply only: NOT FOUND';

/** Notes on the question from every part of the text, or from those that fit best where the limits do not allow all. */
async function notesOfAll({ state }: Work): Promise<readonly string[]> {
	const size = chunkSize(state);
	const count = chunkCount(state, size);
	// How long all of it takes is known only once the model has read something.
	const isSpeedKnown = estimateOf(state, count, count * size).ms !== undefined;
	const trial = count > MANY && !isSpeedKnown ? await bestChunks(state, TRIAL, size) : [];
	const first = await notesOn(state, trial);
	const whole = estimateOf(state, count, count * size);
	const chunks = await (isAffordable(state, whole) ? chunksOf(state, size) : affordableChunks(state, whole, size));
	const left = chunks.filter(({ path, line }) => !trial.some((read) => read.path === path && read.line === line));
	const characters = left.reduce((sum, { text }) => sum + text.length, 0);
	announce(state, `${left.length} parts of the text are read`, estimateOf(state, left.length, characters));
	return distinct([...first, ...(await notesOn(state, left))]);
}

/** Notes from these parts, each with its place. */
async function notesOn(state: RunState, chunks: readonly Chunk[]): Promise<readonly string[]> {
	if (chunks.length === 0) return [];
	const { query } = state.request;
	const leaves = chunks.map(({ text }) => leaf(EXTRACT, `${text}\n\nQuestion: ${query}`));
	const replies = await askLeaves(state, leaves);
	const failed = leaves.length - replies.filter(({ failure }) => failure === undefined).length;
	if (failed > 0) tell(state, `${failed} of ${leaves.length} parts could not be read.`);
	return replies.flatMap((reply, index) => notesIn(reply).map((note) => `${note} (${placeOf(chunks[index])})`));
}

/** The parts that fit the question best, as many as the limits allow. */
async function affordableChunks(state: RunState, whole: Estimate, size: number): Promise<readonly Chunk[]> {
	let count = Math.max(1, Math.floor(whole.calls / 2));
	while (count > 1 && !isAffordable(state, estimateOf(state, count, count * size))) count = Math.floor(count / 2);
	tell(
		state,
		`To read all of the text takes ${inWords(whole)}, more than the limits leave. The ${count} parts that fit the question best are read.`,
	);
	return bestChunks(state, count, size);
}

async function bestChunks({ shared, request, work }: RunState, count: number, size: number): Promise<readonly Chunk[]> {
	const found = await shared.deps.passages.find(request.contexts, request.query, { count, characters: size }, work);
	return found.map(({ path, line = 1, text }) => ({ path, line, text }));
}

/** Merges notes in a tree until one call can hold them. */
async function merged(state: RunState, notes: readonly string[]): Promise<readonly string[]> {
	const room = chunkSize(state);
	let left = notes;
	for (let level = 0; level < MOST_LEVELS && lengthOf(left) > room; level++) {
		const groups = grouped(left, room);
		const { query } = state.request;
		const replies = await askLeaves(
			state,
			groups.map((group) => leaf(MERGE, `${group.join('\n')}\n\nQuestion: ${query}`)),
		);
		// What could not be merged is kept as it is.
		const next = distinct(
			groups.flatMap((group, index) => {
				const merged = notesIn(replies[index]);
				return merged.length > 0 ? merged : group;
			}),
		);
		if (lengthOf(next) >= lengthOf(left)) break;
		left = next;
	}
	return grouped(left, room)[0] ?? [];
}

function answerFromNotes(state: RunState, notes: readonly string[]): Promise<FinalAnswer | undefined> {
	const text = notes.map((note) => `- ${note}`).join('\n');
	state.progress.evidence.push(text);
	const messages = [
		{ role: 'system' as const, content: ANSWER },
		{ role: 'user' as const, content: `${text}\n\nQuestion: ${state.request.query}` },
	];
	const step = { messages, completionTokens: ANSWER_TOKENS, temperature: 0 };
	return takeStep(state, step, async (reply) => answerFrom(state, reply.text, text));
}

/** Characters of a chunk: as the sub-model can read them. */
function chunkSize({ sub }: RunState): number {
	return Math.floor(Math.min(isSmall(sub) ? SMALL_CHUNK : CHUNK, subCallCharacters(sub) * WINDOW_SHARE));
}

function leaf(system: string, prompt: string): Leaf {
	return { system, prompt, schema: NOTES, maxTokens: NOTES_TOKENS };
}

function notesIn(reply: QueryReply | undefined): string[] {
	const { notes } = checkedValue<{ readonly notes: readonly string[] }>(reply) ?? { notes: [] };
	return notes.map((note) => note.replace(/\s+/g, ' ').trim()).filter((note) => note !== '');
}

function placeOf(chunk: Chunk | undefined): string {
	return chunk ? `${chunk.path}:${chunk.line}` : '';
}

/** Notes that differ in more than case, marks and place. */
function distinct(notes: readonly string[]): string[] {
	const known = new Map<string, string>();
	for (const note of notes) {
		const key = note
			.replace(/ \([^()]*:\d+\)$/, '')
			.toLowerCase()
			.replace(/[^\p{L}\p{N}]+/gu, ' ');
		if (!known.has(key)) known.set(key, note);
	}
	return [...known.values()];
}

/** Groups of notes, each short enough for one call. */
function grouped(notes: readonly string[], room: number): string[][] {
	const groups: string[][] = [];
	let length = Number.POSITIVE_INFINITY;
	for (const note of notes) {
		if (length + note.length > room) {
			groups.push([]);
			length = 0;
		}
		groups.at(-1)?.push(note);
		length += note.length + 3;
	}
	return groups;
}

function lengthOf(notes: readonly string[]): number {
	return notes.reduce((sum, note) => sum + note.length + 3, 0);
}
