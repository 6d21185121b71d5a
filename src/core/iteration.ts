import { CellOutput } from './cellOutput.ts';
import { compactNow, compactWhenFull } from './compaction.ts';
import { CancelledError, ModelError } from './errors.ts';
import { emptyAnswer } from './finalAnswer.ts';
import type { ParsedReply, TextFinal } from './parse.ts';
import type { ModelReply } from './ports/model.ts';
import type { CellResult, FinalAnswer } from './ports/sandbox.ts';
import { present } from './present.ts';
import type { RanCell } from './prompt/frame.ts';
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

const BLIND = 'The answer was not accepted, because nothing of the context has been looked at yet. Look first.';

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
		const cells = await runBlocks(state, node, parsed.blocks);
		const results = cells.map(({ result }) => result);
		const notes = [noTools(reply.toolCalls) ?? [], ...parsed.notices, ...progress.notes.splice(0)].flat();
		const final = await resolveFinal(state, { ...node, ...place }, parsed, results, notes);
		countProgress(state, parsed, results);
		if (final) return { final, parsed };
		addOutput(state, place, parsed, cells, notes);
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
	const { transcript, profile } = state;
	const ask = () =>
		callRoot(state, node, {
			messages: [...transcript.messages],
			completionTokens: profile.rootCompletionTokens,
			isSalvage,
			isShown: true,
			// The forced last answer is no code.
			...present({ prefill: isSalvage ? undefined : profile.root.prefill }),
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

/** Runs each block of the reply as a cell, in order. Stops at the first that fails or hands in an answer. */
async function runBlocks(state: RunState, iteration: Node, blocks: readonly string[]): Promise<RanCell[]> {
	const { frame, work } = state;
	const cells: RanCell[] = [];
	for (const code of blocks) {
		const result = await runCell(state, iteration, code);
		const variables = frame.listsVariables ? await (await state.sandbox()).variables(work) : [];
		cells.push({ result, variables });
		if (result.final || (result.error && !frame.goesOnAfterErrors)) break;
	}
	return cells;
}

async function runCell(state: RunState, iteration: Node, code: string): Promise<CellResult> {
	const { shared, limits, progress, calls, ending, work, frame } = state;
	const node = { runId: iteration.runId, nodeId: shared.createNodeId(), parentId: iteration.nodeId };
	const sandbox = await state.sandbox();
	const startedAt = shared.deps.now();
	shared.emitter.emit({ type: 'code-start', ...node, code });
	const cell = calls.startCell(node.nodeId);
	const output = new CellOutput((stream, text) => shared.emitter.emit({ type: 'output-delta', ...node, stream, text }));
	const signal = calls.isEnding ? ending : work;
	let result: CellResult;
	try {
		const limitsOfCell = { timeoutMs: limits.cellMs, outputCharacters: frame.outputCharacters };
		result = await sandbox.execute(code, limitsOfCell, output.add, AbortSignal.any([signal, cell.stop]));
	} catch (error) {
		if (!(error instanceof CancelledError) || signal.aborted) throw error;
		result = output.stopped('CallsRefused', cell.stopMessage, progress.last, shared.deps.now() - startedAt);
	} finally {
		await cell.end();
	}
	if (cell.note !== undefined) progress.notes.push(cell.note);
	const { stdout, stderr, echo, error, changed, spans, durationMs } = result;
	const end = present({ type: 'code-end', ...node, stdout, stderr, echo, error, changed, spans, durationMs });
	shared.emitter.emit(end);
	progress.cells++;
	progress.last = result;
	for (const variable of changed) {
		progress.changed.delete(variable.name);
		progress.changed.set(variable.name, variable);
	}
	return result;
}

/** The accepted answer of this iteration, if there is one. Refusals become notes for the model. */
async function resolveFinal(
	state: RunState,
	node: Node & IterationPlace,
	parsed: ParsedReply,
	results: CellResult[],
	notes: string[],
): Promise<FinalAnswer | undefined> {
	const fromCode = results.at(-1)?.final;
	const final = fromCode ?? (parsed.final && (await resolveTextFinal(state, node, parsed.final, results, notes)));
	if (!final) return undefined;
	const problem = await problemOf(final, state);
	if (problem === undefined) return final;
	notes.push(`The answer was not accepted: ${problem}. Hand it in again, corrected.`);
	return undefined;
}

async function problemOf(final: FinalAnswer, { request, ending }: RunState): Promise<string | undefined> {
	const isTyped = request.output !== undefined || request.outputFields !== undefined;
	return (
		emptyAnswer(final.text, isTyped) ?? (await request.output?.check(final.json ?? JSON.stringify(final.text), ending))
	);
}

async function resolveTextFinal(
	state: RunState,
	node: Node & IterationPlace,
	final: TextFinal,
	results: CellResult[],
	notes: string[],
): Promise<FinalAnswer | undefined> {
	if (results.at(-1)?.error) {
		notes.push('The answer was not accepted, because the cell before it failed.');
		return undefined;
	}
	const { progress } = state;
	if (final.kind === 'text' && progress.cells === 0 && !progress.wasRefusedBlind && !node.isSalvage) {
		progress.wasRefusedBlind = true;
		notes.push(BLIND);
		return undefined;
	}
	if (final.kind === 'text' && !isVariable(state, final.value)) return { text: final.value };
	const result = await runCell(state, node, `FINAL_VAR(${JSON.stringify(final.value)})`);
	results.push(result);
	return result.final;
}

/** Models write `FINAL(report)` and mean the variable. */
function isVariable({ progress }: RunState, text: string): boolean {
	return text === 'answer' || progress.changed.has(text);
}

function countProgress({ progress }: RunState, parsed: ParsedReply, results: readonly CellResult[]): void {
	const isEmpty = results.length === 0 && parsed.final === undefined;
	progress.emptyReplies = isEmpty ? progress.emptyReplies + 1 : 0;
	if (results.length > 0) progress.consecutiveErrors = results.at(-1)?.error ? progress.consecutiveErrors + 1 : 0;
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
