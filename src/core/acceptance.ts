import { runCell } from './cell.ts';
import { objectionTo } from './evidence/strict.ts';
import { unfitAnswer } from './finalAnswer.ts';
import type { ParsedReply, TextFinal } from './parse.ts';
import type { CellResult, FinalAnswer } from './ports/sandbox.ts';
import { searchLine } from './prompt/hints.ts';
import { OUR_TEXTS } from './prompt/messages.ts';
import type { RunRequest } from './request.ts';
import type { Node } from './rootCall.ts';
import type { RunState } from './runState.ts';

/** What an iteration brought, as far as its answer is concerned. */
interface HandedIn {
	readonly node: Node;
	readonly isSalvage: boolean;
	readonly parsed: ParsedReply;
	/** Results of its cells. */
	readonly results: CellResult[];
	/** Receives the reason when the answer is refused. */
	readonly notes: string[];
}

/** Text that may be the name of a variable, or an expression over some. Python decides. */
const MAY_BE_CODE = /^[A-Za-z_]\w*$|^[A-Za-z_][\w.]*[([][^\n]{0,300}$/;

/** The accepted answer of an iteration, if there is one. Refusals become notes for the model. */
export async function acceptedAnswer(state: RunState, handedIn: HandedIn): Promise<FinalAnswer | undefined> {
	const { parsed, results, notes, isSalvage } = handedIn;
	const fromCode = results.at(-1)?.final;
	const final = fromCode ?? (parsed.final && (await answerInText(state, parsed.final, handedIn)));
	if (!final) return undefined;
	const problem =
		(isSalvage ? undefined : blindness(state)) ??
		(await problemOf(final, state, parsed)) ??
		(isSalvage ? undefined : await objectionTo(final, state));
	if (problem === undefined) return final;
	notes.push(`The answer was not accepted: ${problem}`);
	return undefined;
}

/**
 * An answer is worth nothing as long as neither the code nor the first message has shown anything of the context, even
 * if code hands it in.
 */
function blindness({ progress, request, sample, frame }: RunState): string | undefined {
	if (progress.hasLooked || sample.isWhole || !frame.asksForCode) return undefined;
	return lookFirst(request);
}

function lookFirst({ query, contexts }: RunRequest): string {
	return `nothing of the context has been looked at yet. Look first: ${searchLine(query, contexts)}`;
}

async function problemOf(final: FinalAnswer, state: RunState, parsed: ParsedReply): Promise<string | undefined> {
	const { request, ending } = state;
	const isTyped = request.output !== undefined || request.outputFields !== undefined;
	const unfit = unfitAnswer(final.text, isTyped, { ...textsOf(state), code: parsed.blocks });
	const problem = unfit ?? (await request.output?.check(final.json ?? JSON.stringify(final.text), ending));
	return problem === undefined ? undefined : `${problem}. Hand it in again, corrected.`;
}

/** What an answer must not merely repeat. */
export function textsOf({ request, transcript }: RunState): { question: string; ours: readonly string[] } {
	return { question: request.query, ours: [transcript.messages[0]?.content ?? '', ...OUR_TEXTS] };
}

async function answerInText(state: RunState, final: TextFinal, handedIn: HandedIn): Promise<FinalAnswer | undefined> {
	const { node, isSalvage, results, notes } = handedIn;
	if (results.at(-1)?.error) {
		notes.push('The answer was not accepted, because the cell before it failed.');
		return undefined;
	}
	const { progress, request } = state;
	if (final.kind === 'text' && progress.cells === 0 && !progress.wasRefusedBlind && !isSalvage) {
		progress.wasRefusedBlind = true;
		notes.push(`The answer was not accepted, because ${lookFirst(request)}`);
		return undefined;
	}
	if (final.kind === 'text' && !isCode(state, final.value)) return { text: final.value };
	const result = await runCell(state, node, `FINAL_VAR(${JSON.stringify(final.value)})`);
	results.push(result);
	return result.final;
}

/** Models write `FINAL(report)` and mean the variable, or `FINAL(len(rows))` and mean the value. */
function isCode({ progress }: RunState, text: string): boolean {
	if (text === 'answer' || progress.changed.has(text)) return true;
	return progress.cells > 0 && MAY_BE_CODE.test(text) && !/^\w+$/.test(text);
}
