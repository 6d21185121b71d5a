// npm run -s replay-corpus -- DIR   Runs recorded cells in our REPL: how many parse, run, and print what they printed.
import { vaultFolder, workerScript } from '../../src/assets.ts';
import { textContext } from '../../src/context/corpus.ts';
import { parseReply } from '../../src/core/parse.ts';
import type { CellResult, QueryReply, Sandbox, SandboxFactory, SubQuery } from '../../src/core/ports/sandbox.ts';
import { createWorkerSandboxes } from '../../src/sandbox/host/workerSandbox.ts';
import { type RecordedCell, type RecordedSession, readLogs } from './recordedLogs.ts';

const LIMITS = { timeoutMs: 60_000, outputCharacters: 100_000 };
const signal = new AbortController().signal;

/** What became of the cells of a session. */
interface Tally {
	cells: number;
	/** Python accepts the cell, as it stands or after its fences are taken off. */
	parsed: number;
	/** No error. */
	ran: number;
	/** Succeeded or failed as it did then. */
	sameOutcome: number;
	/** Printed the same. */
	sameOutput: number;
}

/** Answers sub-calls from the record: from the cell's own replies, else from the child agents in order. */
class RecordedReplies {
	readonly #children: string[];
	#ofCell: string[] = [];

	constructor(children: readonly string[]) {
		this.#children = [...children];
	}

	startCell(replies: readonly string[]): void {
		this.#ofCell = [...replies];
	}

	query = (queries: readonly SubQuery[]): Promise<QueryReply>[] =>
		queries.map(async (): Promise<QueryReply> => {
			const text = this.#ofCell.shift() ?? this.#children.shift();
			return text === undefined ? { text: 'not in the record', failure: 'server' } : { text };
		});

	budget = () => ({});
}

async function replaySession(session: RecordedSession, sandboxes: SandboxFactory): Promise<Tally> {
	const tally: Tally = { cells: 0, parsed: 0, ran: 0, sameOutcome: 0, sameOutput: 0 };
	const replies = new RecordedReplies(session.childAnswers);
	const context = await textContext({ label: 'recorded', path: 'context', text: session.context });
	const sandbox = await sandboxes.create(
		{ contexts: [context], histories: [], tools: {}, memoryBytes: 1 << 30, host: replies },
		signal,
	);
	try {
		for (const cell of session.cells) {
			replies.startCell(cell.replies);
			await replayCell(cell, sandbox, tally);
		}
	} finally {
		await sandbox.dispose();
	}
	return tally;
}

async function replayCell(cell: RecordedCell, sandbox: Sandbox, tally: Tally): Promise<void> {
	tally.cells++;
	for (const [name, value] of Object.entries(cell.bindings))
		await execute(sandbox, `${name} = ${JSON.stringify(value)}`);
	const blocks = (await parses(sandbox, cell.code)) ? [cell.code] : parseReply(cell.code, 'stop').blocks;
	const isParsed = blocks.length > 0 && (await Promise.all(blocks.map((code) => parses(sandbox, code)))).every(Boolean);
	if (isParsed) tally.parsed++;
	const results: CellResult[] = [];
	for (const code of blocks.length > 0 ? blocks : [cell.code]) results.push(await execute(sandbox, code));
	const failed = results.some((result) => result.error);
	if (!failed) tally.ran++;
	if (failed === cell.hasError) tally.sameOutcome++;
	if (isSameOutput(results, cell)) tally.sameOutput++;
}

function execute(sandbox: Sandbox, code: string): Promise<CellResult> {
	return sandbox.execute(code, LIMITS, () => {}, signal);
}

async function parses(sandbox: Sandbox, code: string): Promise<boolean> {
	const check = `import ast as _ast\n_ = compile(${JSON.stringify(code)}, 'cell', 'exec', _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)`;
	return (await execute(sandbox, check)).error === undefined;
}

/** The same text, or the same without the echo of the last expression, which some recorders did not have. */
function isSameOutput(results: readonly CellResult[], cell: RecordedCell): boolean {
	const error = results.find((result) => result.error)?.error;
	if (cell.hasError || error) return cell.hasError && error !== undefined && cell.output.includes(error.type);
	const printed = results.map(({ stdout, stderr }) => stdout + stderr).join('');
	const echo = results.at(-1)?.echo;
	const wanted = normalise(cell.output);
	const isTail = cell.output.startsWith('[TRUNCATED');
	const candidates = [printed, echo === undefined ? printed : printed.trimEnd().slice(0, -echo.length)].map(normalise);
	return candidates.some((text) => text === wanted || (isTail && text.endsWith(wanted)));
}

/** Marks of the recorder, addresses, and times differ from run to run. */
function normalise(text: string): string {
	return text
		.replace(/^\[(?:FULL OUTPUT SHOWN|TRUNCATED: Last \d+ chars shown)\]\.+ ?/, '')
		.replace(/^\[EMPTY OUTPUT\]$/, '')
		.replace(/0x[0-9a-f]{6,}/g, '0x…')
		.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?/g, '…time…')
		.trim();
}

function add(sum: Tally, tally: Tally): Tally {
	return {
		cells: sum.cells + tally.cells,
		parsed: sum.parsed + tally.parsed,
		ran: sum.ran + tally.ran,
		sameOutcome: sum.sameOutcome + tally.sameOutcome,
		sameOutput: sum.sameOutput + tally.sameOutput,
	};
}

function line(name: string, { cells, parsed, ran, sameOutcome, sameOutput }: Tally): string {
	return `${name}: ${cells} cells, ${parsed} parse, ${ran} run, ${sameOutcome} end as recorded, ${sameOutput} print as recorded`;
}

/** Replays every log below a folder and prints a line for each agent and the sums. Returns the exit code. */
async function main(folder: string | undefined): Promise<number> {
	if (folder === undefined) {
		console.error('Name a folder of logs: npm run -s replay-corpus -- DIR');
		return 2;
	}
	const { sessions, problems } = await readLogs(folder);
	for (const problem of problems) console.log(`SKIP ${problem}`);
	const sandboxes = createWorkerSandboxes({ vaultFolder, workerScript });
	const none: Tally = { cells: 0, parsed: 0, ran: 0, sameOutcome: 0, sameOutput: 0 };
	let all = none;
	let complete = none;
	try {
		for (const session of sessions) {
			const tally = await replaySession(session, sandboxes);
			all = add(all, tally);
			if (session.isContextComplete) complete = add(complete, tally);
			console.log(line(`${session.name}${session.isContextComplete ? '' : ' (context not in the log)'}`, tally));
		}
	} finally {
		await sandboxes.dispose();
	}
	console.log(line('All', all));
	console.log(line('Where the log holds the whole context', complete));
	return sessions.length > 0 ? 0 : 2;
}

process.exit(await main(process.argv[2]));
