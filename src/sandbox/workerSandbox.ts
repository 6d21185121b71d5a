import { CancelledError, InputError, SandboxError } from '../core/errors.ts';
import type {
	CellError,
	CellLimits,
	CellResult,
	ChangedVariable,
	Sandbox,
	SandboxFactory,
	SandboxOptions,
	SandboxRestart,
} from '../core/sandbox.ts';
import { type Command, decodeResult, FrameError, type ResultOf, type WorkerHeader } from '../protocol/sandboxFrames.ts';
import { CallDesk } from './callDesk.ts';
import { encodeSetup } from './setup.ts';
import { loadVaultFolder, type VaultFiles } from './vaultFolder.ts';
import { type CommandResult, WorkerThread } from './workerThread.ts';

/** What code may still do after it was interrupted, before it is killed. ms */
const GRACE_MS = 1000;
/** Commands that run no code of the model. ms */
const SERVICE_MS = 30_000;
/** What the line about left-out output may add to the result. Characters. */
const MARKER_CHARACTERS = 200;

export interface WorkerSandboxOptions {
	/** Folder that `scripts/build-vault.ts` made. */
	readonly vaultFolder: string;
	/** The entry of the worker thread: `src/sandbox/worker.ts`, or its bundle. */
	readonly workerScript: URL | string;
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/** Makes sandboxes that live in worker threads of this process. Reads nothing from disk before the first one. */
export function createWorkerSandboxes(options: WorkerSandboxOptions): SandboxFactory {
	const alive = new Set<WorkerSandbox>();
	let files: Promise<VaultFiles> | undefined;
	let isDisposed = false;
	const load = () => {
		files ??= loadVaultFolder(options.vaultFolder).catch((error: unknown) => {
			files = undefined;
			throw error;
		});
		return files;
	};
	return {
		async create(sandboxOptions, signal) {
			throwIfCancelled(signal);
			if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
			const vaultFiles = await load();
			refuseReservedNames(sandboxOptions, vaultFiles);
			const sandbox = new WorkerSandbox(options, vaultFiles, sandboxOptions, () => alive.delete(sandbox));
			alive.add(sandbox);
			try {
				await sandbox.start(signal);
				return sandbox;
			} catch (error) {
				await sandbox.dispose();
				throw error;
			}
		},
		prepare() {
			// Whoever creates the first sandbox is told what is wrong.
			load().catch(() => undefined);
		},
		async dispose() {
			isDisposed = true;
			await Promise.all([...alive].map((sandbox) => sandbox.dispose()));
		},
	};
}

function refuseReservedNames(options: SandboxOptions, files: VaultFiles): void {
	const reserved = new Set([...files.manifest.reservedNames, 'memory', 'answer', 'context', 'history']);
	for (const name of Object.keys(options.tools)) {
		if (reserved.has(name) || /^(context|history)_\d+$/.test(name)) {
			throw new InputError(`the tool name ${name} is reserved: the REPL provides a function of that name itself`);
		}
		if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`the tool name ${name} is no Python name`);
	}
}

function throwIfCancelled(signal: AbortSignal): void {
	if (signal.aborted) throw new CancelledError();
}

/** Printed text of the running cell, as it was streamed: all that is left when the cell has to be killed. */
class StreamedOutput {
	readonly #sink: Parameters<Sandbox['execute']>[2];
	readonly #room: Record<'stdout' | 'stderr', number>;
	readonly texts = { stdout: '', stderr: '' };

	constructor(sink: Parameters<Sandbox['execute']>[2], outputCharacters: number) {
		this.#sink = sink;
		this.#room = { stdout: outputCharacters, stderr: outputCharacters };
	}

	add(stream: 'stdout' | 'stderr', text: string): void {
		const part = text.slice(0, this.#room[stream]);
		if (!part) return;
		this.#room[stream] -= part.length;
		this.texts[stream] += part;
		this.#sink(stream, part);
	}
}

type Stop = 'timeout' | 'cancelled';

/** Interrupts a command at its deadline or when its signal fires, and kills it when that does not help. */
class Supervisor {
	readonly #thread: WorkerThread;
	readonly #signal: AbortSignal;
	readonly #deadline: NodeJS.Timeout;
	#grace: NodeJS.Timeout | undefined;
	/** Why the command was stopped; undefined when it was not. */
	stopped: Stop | undefined;

	constructor(thread: WorkerThread, timeoutMs: number, signal: AbortSignal) {
		this.#thread = thread;
		this.#signal = signal;
		this.#deadline = setTimeout(() => this.#stop('timeout'), timeoutMs);
		signal.addEventListener('abort', this.#cancel);
		if (signal.aborted) this.#cancel();
	}

	dispose(): void {
		clearTimeout(this.#deadline);
		clearTimeout(this.#grace);
		this.#signal.removeEventListener('abort', this.#cancel);
	}

	readonly #cancel = () => this.#stop('cancelled');

	#stop(why: Stop): void {
		this.stopped = why === 'cancelled' ? why : (this.stopped ?? why);
		if (this.#grace) return;
		this.#thread.interrupt();
		const kill = () => void this.#thread.kill('timeout', 'the code could not be interrupted');
		this.#grace = setTimeout(kill, GRACE_MS);
	}
}

/** What became of a command: its result, or why its thread is gone. */
type Outcome = { readonly stopped: Stop | undefined } & (
	| { readonly result: CommandResult; readonly loss?: never }
	| { readonly result?: never; readonly loss: SandboxError }
);

class WorkerSandbox implements Sandbox {
	readonly #factory: WorkerSandboxOptions;
	readonly #files: VaultFiles;
	readonly #onDispose: () => void;
	readonly #calls: CallDesk;
	#options: SandboxOptions;
	#thread: WorkerThread | undefined;
	/** Aborted at the end of every cell: what the host does for it is of no use any more. */
	#cell = new AbortController();
	#output: StreamedOutput | undefined;
	/** The last of the queued commands; they run one after the other. */
	#queue: Promise<unknown> = Promise.resolve();
	#hasVariables = false;
	#isDisposed = false;

	constructor(factory: WorkerSandboxOptions, files: VaultFiles, options: SandboxOptions, onDispose: () => void) {
		this.#factory = factory;
		this.#files = files;
		this.#options = options;
		this.#onDispose = onDispose;
		this.#calls = new CallDesk(options.host, (request, header, payload) =>
			this.#thread?.reply(request, header, payload),
		);
	}

	async start(signal: AbortSignal): Promise<void> {
		await this.#replaceThread(undefined);
		throwIfCancelled(signal);
	}

	execute(
		code: string,
		limits: CellLimits,
		onOutput: (stream: 'stdout' | 'stderr', text: string) => void,
		signal: AbortSignal,
	): Promise<CellResult> {
		return this.#inTurn(() => this.#executeNow(code, limits, onOutput, signal), signal);
	}

	async variables(signal: AbortSignal): Promise<readonly ChangedVariable[]> {
		const { variables } = await this.#service('variables', {}, '', signal);
		return variables.map(plain);
	}

	async variableText(name: string, maxCharacters: number, signal: AbortSignal): Promise<string | undefined> {
		const { text } = await this.#service('variable', { maxCharacters }, name, signal);
		return text;
	}

	async setHistory(json: string, signal: AbortSignal): Promise<void> {
		await this.#service('history', {}, json, signal);
		this.#options = { ...this.#options, histories: [json, ...this.#options.histories.slice(1)] };
	}

	async memory(signal: AbortSignal): Promise<string> {
		const { json } = await this.#service('memory', {}, '', signal);
		return json;
	}

	async dispose(): Promise<void> {
		this.#isDisposed = true;
		this.#endCell();
		this.#onDispose();
		await this.#thread?.kill('disposed', 'the sandbox has been disposed of');
	}

	#inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		const turn = this.#queue.then(() => {
			throwIfCancelled(signal);
			return work();
		});
		this.#queue = turn.catch(() => undefined);
		return turn;
	}

	async #executeNow(
		code: string,
		limits: CellLimits,
		onOutput: Parameters<Sandbox['execute']>[2],
		signal: AbortSignal,
	): Promise<CellResult> {
		const started = performance.now();
		const output = new StreamedOutput(onOutput, limits.outputCharacters);
		this.#output = output;
		const header = { op: 'cell', outputCharacters: limits.outputCharacters };
		const outcome = await this.#run(header, Buffer.from(code), limits.timeoutMs, signal);
		this.#output = undefined;
		const result = await this.#conclude(outcome, limits, output);
		if (outcome.stopped === 'cancelled') throw new CancelledError();
		return { ...result, durationMs: performance.now() - started };
	}

	async #conclude(
		outcome: Outcome,
		limits: CellLimits,
		output: StreamedOutput,
	): Promise<Omit<CellResult, 'durationMs'>> {
		if (outcome.loss) {
			const restart = await this.#replaceThread(outcome.loss);
			return lostCell(restart, outcome.loss, limits, output);
		}
		try {
			const cell = decodeResult('cell', outcome.result.payload);
			this.#hasVariables = true;
			return finishedCell(cell, outcome, limits);
		} catch (error) {
			const loss = new SandboxError('crashed', `the result of the cell is unreadable: ${(error as Error).message}`);
			await this.#thread?.kill(loss.reason, loss.message);
			const restart = await this.#replaceThread(loss);
			return lostCell(restart, loss, limits, output);
		}
	}

	/** Runs a command that executes no code of the model. */
	#service<C extends Exclude<Command, 'cell'>>(
		command: C,
		fields: object,
		payload: string,
		signal: AbortSignal,
	): Promise<ResultOf<C>> {
		return this.#inTurn(async () => {
			const header = { op: command, ...fields };
			const outcome = await this.#run(header, Buffer.from(payload), SERVICE_MS, signal);
			if (outcome.loss) await this.#replaceThread(outcome.loss);
			if (outcome.stopped === 'cancelled') throw new CancelledError();
			if (outcome.loss) throw outcome.loss;
			return this.#decode(command, outcome.result);
		}, signal);
	}

	#decode<C extends Command>(command: C, result: CommandResult): ResultOf<C> {
		try {
			return decodeResult(command, result.payload);
		} catch (error) {
			if (!(error instanceof FrameError)) throw error;
			throw new SandboxError('crashed', `${command}: ${error.message}`, { cause: error });
		}
	}

	async #run(header: object, payload: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
		const thread = await this.#livingThread();
		const supervisor = new Supervisor(thread, timeoutMs, signal);
		this.#cell = new AbortController();
		try {
			const result = await thread.run(header, payload);
			return { result, stopped: supervisor.stopped };
		} catch (error) {
			if (!(error instanceof SandboxError)) throw error;
			return { loss: error, stopped: supervisor.stopped };
		} finally {
			supervisor.dispose();
			this.#endCell();
		}
	}

	async #livingThread(): Promise<WorkerThread> {
		if (!this.#thread || this.#thread.loss) await this.#replaceThread(this.#thread?.loss);
		if (!this.#thread) throw new SandboxError('disposed', 'the sandbox has been disposed of');
		return this.#thread;
	}

	#endCell(): void {
		this.#calls.endCell();
		this.#cell.abort();
	}

	/** Starts a thread, from the last checkpoint of the lost one when there is one. @throws SandboxError */
	async #replaceThread(loss: SandboxError | undefined): Promise<SandboxRestart> {
		if (this.#isDisposed) throw new SandboxError('disposed', 'the sandbox has been disposed of');
		const checkpoint = this.#thread?.checkpoint;
		if (loss) this.#factory.log?.(`sandbox lost (${loss.reason}): ${loss.message}`);
		await this.#thread?.kill('crashed', 'replaced');
		const { contexts, memoryBytes } = this.#options;
		const { workerScript: script } = this.#factory;
		const onFrame = this.#onFrame.bind(this);
		this.#thread = await WorkerThread.start({ script, files: this.#files, contexts, memoryBytes, checkpoint, onFrame });
		if (this.#isDisposed) await this.#thread.kill('disposed', 'the sandbox has been disposed of');
		const hadVariables = this.#hasVariables;
		if (!checkpoint) await this.#setUp(this.#thread);
		return describeRestart(loss?.reason ?? 'crashed', checkpoint !== undefined || !hadVariables);
	}

	async #setUp(thread: WorkerThread): Promise<void> {
		this.#hasVariables = false;
		const { header, payload } = encodeSetup(this.#options);
		this.#decode('setup', await thread.run(header, payload));
	}

	#onFrame(header: WorkerHeader, payload: Uint8Array): void {
		switch (header.op) {
			case 'submit':
				this.#calls.submit(header, payload);
				return;
			case 'wait':
				this.#calls.wait(header);
				return;
			case 'cancel':
				this.#calls.cancel(header.ids);
				return;
			case 'output':
				this.#output?.add(header.stream, new TextDecoder().decode(payload));
				return;
			case 'budget':
				this.#answer(header.request, async () => JSON.stringify(this.#options.host.budget()));
				return;
			case 'tool':
				this.#answer(header.request, () => this.#callTool(header.name, payload));
				return;
			case 'log':
				this.#factory.log?.(`sandbox: ${header.text}`);
		}
	}

	async #callTool(name: string, payload: Uint8Array): Promise<string> {
		const tool = Object.hasOwn(this.#options.tools, name) ? this.#options.tools[name] : undefined;
		if (!tool) throw new InputError(`there is no tool ${name}`);
		return tool.call(new TextDecoder().decode(payload), this.#cell.signal);
	}

	/** Answers a blocking request; a rejection becomes a Python RuntimeError. */
	#answer(request: number | undefined, work: () => Promise<string>): void {
		const thread = this.#thread;
		work().then(
			(json) => thread?.reply(request ?? 0, {}, Buffer.from(json)),
			(error: unknown) => {
				const message = error instanceof Error ? error.message : String(error);
				thread?.reply(request ?? 0, { error: message }, new Uint8Array());
			},
		);
	}
}

function describeRestart(reason: SandboxError['reason'], isRestored: boolean): SandboxRestart {
	const known = { timeout: 'timeout', violation: 'violation', memory: 'memory' } as const;
	const causes = {
		timeout: 'The code could not be interrupted, so the Python process was restarted.',
		violation: 'The code tried to leave the sandbox, so the Python process was restarted.',
		memory: 'The sandbox ran out of memory and was restarted.',
		crashed: 'The Python process crashed and was restarted.',
	};
	const kind = reason in known ? known[reason as keyof typeof known] : 'crashed';
	const kept = isRestored
		? 'All variables are as they were before this cell; files that the code wrote are gone.'
		: 'All variables and files are gone; the contexts are loaded again.';
	return { reason: kind, isRestored, explanation: `${causes[kind]} ${kept}` };
}

const LOSS_TYPES = {
	timeout: 'Timeout',
	violation: 'SandboxViolation',
	memory: 'MemoryError',
	crashed: 'Crash',
} as const;

/** The result of a cell whose thread is gone: what was streamed, and why. */
function lostCell(
	restart: SandboxRestart,
	loss: SandboxError,
	limits: CellLimits,
	output: StreamedOutput,
): Omit<CellResult, 'durationMs'> {
	const type = LOSS_TYPES[restart.reason];
	const message = restart.reason === 'timeout' ? timeoutMessage(limits.timeoutMs) : loss.message;
	const { stdout, stderr } = output.texts;
	return {
		stdout,
		stderr,
		printedCharacters: stdout.length + stderr.length,
		error: { type, message, traceback: `${type}: ${message}\n` },
		notices: [restart.explanation],
		changed: [],
		citations: [],
		spans: [],
		restart,
	};
}

function finishedCell(
	cell: ResultOf<'cell'>,
	outcome: Extract<Outcome, { result: CommandResult }>,
	limits: CellLimits,
): Omit<CellResult, 'durationMs'> {
	const { error, changed, final, echo, stdout, stderr, ...rest } = cell;
	const bounded = (text: string) => text.slice(0, limits.outputCharacters + MARKER_CHARACTERS);
	return {
		...plain(rest),
		stdout: bounded(stdout),
		stderr: bounded(stderr),
		changed: changed.map(plain),
		spans: outcome.result.header.spans ?? [],
		...(echo === undefined ? {} : { echo: bounded(echo) }),
		...(final ? { final: plain(final) } : {}),
		...(error ? { error: cellError(error, outcome.stopped, limits) } : {}),
	};
}

function cellError(
	error: NonNullable<ResultOf<'cell'>['error']>,
	stopped: Stop | undefined,
	limits: CellLimits,
): CellError {
	const { isInterrupt, ...described } = error;
	if (!isInterrupt || stopped !== 'timeout') return plain(described);
	const message = timeoutMessage(limits.timeoutMs);
	const traceback = described.traceback.replace(/KeyboardInterrupt\s*$/, `Timeout: ${message}\n`);
	return plain({ ...described, type: 'Timeout', message, traceback });
}

function timeoutMessage(timeoutMs: number): string {
	const seconds = Number((timeoutMs / 1000).toFixed(1));
	return `the cell ran longer than its time limit of ${seconds} s and was stopped`;
}

/** Validation leaves optional fields as `T | undefined`; the contracts of the core have them present or absent. */
type Plain<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
	[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function plain<T extends object>(value: T): Plain<T> {
	return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Plain<T>;
}
