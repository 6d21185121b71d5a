import { acceptedAnswer } from './acceptance.ts';
import { runCell } from './cell.ts';
import { compactNow, compactWhenFull } from './compaction.ts';
import { ModelError } from './errors.ts';
import type { ParsedReply } from './parse.ts';
import type { ModelReply } from './ports/model.ts';
import type { FinalAnswer } from './ports/sandbox.ts';
import { present } from './present.ts';
import type { RanCell } from './prompt/frame.ts';
import { otherLook } from './prompt/hints.ts';
import { NO_CODE } from './prompt/messages.ts';
import { callRoot, type Node } from './rootCall.ts';
import type { RunState } from './runState.ts';
import { noTools } from './toolCalls.ts';

/** Which iteration this is. */
export interface IterationPlace {
	/** From 1. */
	readonly index: number;
	/** The forced last iteration after a limit. It may use the reserved share of the budget. */
	readonly isSalvage: boolean;
}

/** Result of one iteration. */
export interface IterationResult {
	readonly final: FinalAnswer | undefined;
	readonly parsed: ParsedReply;
}

/** Temperature to begin from, how much warmer after each reply that was given before, and how warm at most. */
const [WARM, WARMER, WARMEST] = [0.3, 0.3, 1];

/** Runs one iteration: the root model replies, its code runs, and the output is added to the conversation. */
export async function iterate(state: RunState, place: IterationPlace): Promise<IterationResult> {
	const { shared, transcript, progress, spending } = state;
	const node: Node = { runId: state.place.runId, nodeId: shared.createNodeId(), parentId: state.place.nodeId };
	const startedAt = shared.deps.now();
	shared.emitter.emit({ type: 'iteration-start', ...node, ...place, messages: transcript.takeNew() });
	if (!place.isSalvage) progress.iterations++;
	try {
		const reply = await askRoot(state, node, place.isSalvage);
		const parsed = state.frame.read(reply);
		transcript.add('assistant', parsed.kept.trim() === '' ? '(empty reply)' : parsed.kept);
		const { cells, repeats } = await runBlocks(state, node, place.index, parsed.blocks);
		const results = cells.map(({ result }) => result);
		const notes = [noTools(reply.toolCalls) ?? [], ...parsed.notices, ...repeats, ...progress.notes.splice(0)].flat();
		const final = await acceptedAnswer(state, { node, isSalvage: place.isSalvage, parsed, results, notes });
		countProgress(state, parsed, cells);
		if (final) return { final, parsed };
		// The cell that looked up an answer handed in as text has output as well.
		const lookUps = results.slice(cells.length).map((result): RanCell => ({ result, variables: [] }));
		addOutput(state, place, parsed, [...cells, ...lookUps], notes);
		for (const text of notes) shared.emitter.emit({ type: 'notice', ...node, audience: 'model', text });
		if (!place.isSalvage) await compactWhenFull(state, node);
		return { final: undefined, parsed };
	} finally {
		const durationMs = shared.deps.now() - startedAt;
		const totals = spending.takeIteration();
		shared.emitter.emit({ type: 'iteration-end', ...node, index: place.index, ...totals, durationMs });
	}
}

/**
 * Calls the root model and streams its text as events. Compacts a conversation that is too long for the window, once.
 */
async function askRoot(state: RunState, node: Node, isSalvage: boolean): Promise<ModelReply> {
	const { transcript, profile, progress } = state;
	const ask = () =>
		callRoot(state, node, {
			messages: [...transcript.messages],
			completionTokens: profile.rootCompletionTokens,
			isSalvage,
			isShown: true,
			// The forced last answer is no code.
			...present({ prefill: isSalvage ? undefined : profile.root.prefill }),
			...warmth(progress.repeats.inRow),
		});
	try {
		return await ask();
	} catch (error) {
		const isOverflow = error instanceof ModelError && error.category === 'context-overflow';
		if (!isOverflow || transcript.messages.length <= 2) throw error;
		await compactNow(state, node);
		return ask();
	}
}

/** A reply that came again is not likely to change by itself. */
function warmth(repeats: number): { temperature?: number } {
	return repeats === 0 ? {} : { temperature: Math.min(WARMEST, WARM + repeats * WARMER) };
}

/** What running the blocks of a reply brought. */
interface Ran {
	readonly cells: readonly RanCell[];
	/** A sentence for each block that did not run because it has run before. */
	readonly repeats: readonly string[];
}

/** Runs each block of the reply as a cell, in order. Stops at the first that fails or hands in an answer. */
async function runBlocks(state: RunState, node: Node, index: number, blocks: readonly string[]): Promise<Ran> {
	const { progress, frame, work } = state;
	const [cells, refusals]: [RanCell[], string[]] = [[], []];
	for (const code of blocks) {
		const refusal = frame.asksForCode ? progress.repeats.refusal(code) : undefined;
		if (refusal !== undefined) {
			refusals.push(refusal);
			continue;
		}
		const result = await runCell(state, node, code);
		if (!progress.haveCallsFailed) progress.repeats.note(code, result, index);
		const variables = frame.listsVariables ? await (await state.sandbox()).variables(work) : [];
		cells.push({ result, variables });
		if (result.final || (result.error && !frame.goesOnAfterErrors)) break;
	}
	if (cells.length === 0 && refusals.length > 0) refusals.push(...wayOut(state));
	return { cells, repeats: refusals };
}

/** What a model is told that goes round in circles: what it has, and what it has not tried. */
function wayOut({ progress, request }: RunState): string[] {
	progress.repeats.inRow++;
	const names = [...progress.changed.keys()].slice(-10);
	const known = names.length === 0 ? [] : [`Your variables: ${names.join(', ')}.`];
	const look = otherLook(request.query, request.contexts, (text) => progress.repeats.hasUsed(text));
	const next = look === undefined ? [] : [`Not tried yet:\n\`\`\`repl\n${look}\n\`\`\``];
	return [...known, 'If the output so far holds the answer, write FINAL("the answer in words") now.', ...next];
}

function countProgress({ progress }: RunState, parsed: ParsedReply, cells: readonly RanCell[]): void {
	const isRepeat = cells.length === 0 && parsed.blocks.length > 0;
	const hasFailed = isRepeat ? progress.repeats.hasFailed(parsed.blocks) : cells.at(-1)?.result.error !== undefined;
	const isEmpty = cells.length === 0 && parsed.final === undefined && !hasFailed;
	progress.emptyReplies = isEmpty ? progress.emptyReplies + 1 : 0;
	if (cells.length > 0 || hasFailed) progress.consecutiveErrors = hasFailed ? progress.consecutiveErrors + 1 : 0;
}

/** The user message that ends the iteration: output, notes, and the state of the run. */
function addOutput(
	state: RunState,
	place: IterationPlace,
	parsed: ParsedReply,
	cells: readonly RanCell[],
	notes: string[],
): void {
	const skipped = parsed.blocks.length - cells.length;
	if (skipped > 0 && cells.at(-1)?.result.error) {
		notes.push(`The cell failed, so the ${skipped === 1 ? 'block' : `${skipped} blocks`} after it did not run.`);
	}
	if (cells.length === 0 && notes.length === 0 && state.frame.asksForCode) notes.push(NO_CODE);
	for (const message of state.frame.after({ cells, notes, next: place.index + 1 })) {
		state.transcript.add('user', message);
	}
}
