import { runCell } from '../cell.ts';
import { parseReply } from '../parse.ts';
import type { ChatMessage, ModelReply } from '../ports/model.ts';
import type { CellError, CellResult, FinalAnswer } from '../ports/sandbox.ts';
import { mendMessages, PROGRAM_PREFILL, programMessages, stateMessages } from '../prompt/steps.ts';
import type { Node } from '../rootCall.ts';
import type { RunState } from '../runState.ts';
import { answerFrom } from './read.ts';
import { takeStep } from './step.ts';

const PROGRAM_TOKENS = 400;
const STATEMENT_TOKENS = 120;
/** Characters of an output that the model is shown when it states the answer. */
const OUTPUT_CHARACTERS = 1_500;
/** Times that a program is mended. */
const MOST_MENDS = 2;

/** A program and what became of it. */
interface Attempt {
	readonly code: string;
	/** What it found; empty when it found nothing. */
	readonly output: string;
	/** Why it failed, in one line. */
	readonly problem?: string;
}

/** Has a program written, run and mended, and the answer stated from what it printed. Undefined when that gives none. */
export async function runProgram(
	state: RunState,
	data: string,
	tried: string[],
	temperature: number,
): Promise<FinalAnswer | undefined> {
	const { query } = state.request;
	let attempt = await write(state, programMessages(query, data, tried), temperature);
	const codes = new Set<string>();
	for (let mends = 0; attempt.problem !== undefined && mends < MOST_MENDS && !codes.has(attempt.code); mends++) {
		codes.add(attempt.code);
		attempt = await write(state, mendMessages(query, data, attempt.code, attempt.problem), temperature + 0.2 * mends);
	}
	if (attempt.problem !== undefined) {
		tried.push(`A program failed: ${attempt.problem}`);
		return undefined;
	}
	if (attempt.output === '') {
		tried.push('A program printed nothing.');
		return undefined;
	}
	state.progress.evidence.push(attempt.output);
	const final = await statedAnswer(state, attempt.output, false);
	if (!final)
		tried.push(`A program printed ${JSON.stringify(attempt.output.slice(0, 150))}, which does not answer it.`);
	return final;
}

/** The answer that an output gives, stated by a call that sees nothing but question and output. */
export function statedAnswer(state: RunState, output: string, isSalvage: boolean): Promise<FinalAnswer | undefined> {
	const shown = output.slice(0, OUTPUT_CHARACTERS);
	const messages = stateMessages(state.request.query, shown);
	const step = { messages, completionTokens: STATEMENT_TOKENS, temperature: 0, isSalvage };
	return takeStep(state, step, async ({ text }) => answerFrom(state, text, shown));
}

function write(state: RunState, messages: readonly ChatMessage[], temperature: number): Promise<Attempt> {
	const step = { messages, completionTokens: PROGRAM_TOKENS, temperature, prefill: PROGRAM_PREFILL };
	return takeStep(state, step, (reply, node) => run(state, reply, node));
}

async function run(state: RunState, reply: ModelReply, node: Node): Promise<Attempt> {
	const code = parseReply(opened(reply), reply.finishReason).blocks.join('\n');
	if (code.trim() === '') return { code: reply.text, output: '', problem: 'there was no Python in the reply' };
	const refusal = state.progress.repeats.refusal(code);
	if (refusal !== undefined) return { code, output: '' };
	const result = await runCell(state, node, code);
	state.progress.repeats.note(code, result, state.progress.iterations);
	if (result.error) return { code, output: '', problem: oneLine(result.error, code) };
	// What code says without a look at the data was invented.
	if (result.usesContext !== true && !/\brows\b/.test(code)) return { code, output: '' };
	return { code, output: await found(state, result) };
}

/** A reply that continues the opened block, where it may leave out the line end behind the fence. */
function opened({ text, isPrefilled }: ModelReply): string {
	const { text: fence } = PROGRAM_PREFILL;
	return isPrefilled && text.startsWith(fence) ? `${fence}\n${text.slice(fence.length).trimStart()}` : text;
}

/** What a cell printed or handed in, else the values that it left. */
async function found(state: RunState, result: CellResult): Promise<string> {
	const printed = [result.stdout.trim(), result.final?.text ?? ''].filter((text) => text !== '').join('\n');
	if (printed !== '') return printed;
	const sandbox = await state.sandbox();
	const texts: string[] = [];
	for (const { name } of result.changed.slice(-3)) {
		const text = await sandbox.variableText(name, OUTPUT_CHARACTERS, state.work);
		if (text !== undefined) texts.push(`${name} = ${text}`);
	}
	return texts.join('\n').slice(0, OUTPUT_CHARACTERS);
}

function oneLine({ type, message, line, hint }: CellError, code: string): string {
	const source = line === undefined ? undefined : code.split('\n')[line - 1]?.trim();
	const where = source === undefined || source === '' ? '' : ` in the line \`${source}\``;
	return `${type}: ${message}${where}.${hint === undefined ? '' : ` ${hint}`}`;
}
