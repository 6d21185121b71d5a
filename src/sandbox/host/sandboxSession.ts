import { CancelledError, SandboxError, throwIfCancelled } from '../../core/errors.ts';
import type {
	CellLimits,
	CellResult,
	ChangedVariable,
	IsolationLayer,
	RecordedCitation,
	Sandbox,
	SandboxOptions,
	SandboxRenewal,
	SandboxRestart,
} from '../../core/ports/sandbox.ts';
import { oneLine } from '../../core/printable.ts';
import { type Command, decodeResult, FrameError, type ResultOf } from '../../protocol/sandboxFrames.ts';
import { CellDesk } from './cellDesk.ts';
import { describeRestart, finishedCell, lostCell, mergeCitations, unreportedCell, variablesOf } from './cellResult.ts';
import { CommandQueue } from './commandQueue.ts';
import type { CommandResult, Interpreter, StartInterpreter } from './interpreter.ts';
import { areSameContexts, encodeRenewal, encodeSetup } from './setup.ts';
import { type OutputSink, StreamedOutput } from './streamedOutput.ts';
import { type Stop, Supervisor } from './supervisor.ts';

/** Time limit of commands that run no model-written code. ms */
const SERVICE_MS = 30_000;

/** Time limit of the check whether an interpreter works. ms */
const PROBE_MS = 5000;

/** Checks whether restored memory works. */
const RESTORED = { op: 'probe', isRestored: true } as const;

/** What all sandboxes of a factory share. */
export interface SessionSettings {
	readonly start: StartInterpreter;
	/** Diagnostics of sandboxes, one line each. */
	readonly log: ((message: string) => void) | undefined;
}

/** The outcome of a command: its result, or why its interpreter ended. */
type Outcome = { readonly stopped: Stop | undefined } & (
	| { readonly result: CommandResult; readonly loss?: never }
	| { readonly result?: never; readonly loss: SandboxError }
);

/** A REPL in an interpreter; it replaces an interpreter that is lost. */
export class SandboxSession implements Sandbox {
	readonly #factory: SessionSettings;
	readonly #onDispose: () => void;
	readonly #desk: CellDesk;
	#options: SandboxOptions;
	#interpreter: Interpreter | undefined;
	/** Commands run one after the other. */
	readonly #queue = new CommandQueue();
	#hasVariables = false;
	#citations: readonly RecordedCitation[] = [];
	/** Citations of interpreters whose memory is lost. */
	#earlierCitations: readonly RecordedCitation[] = [];
	#isDisposed = false;

	constructor(factory: SessionSettings, options: SandboxOptions, onDispose: () => void) {
		this.#factory = factory;
		this.#options = options;
		this.#onDispose = onDispose;
		this.#desk = new CellDesk({
			host: () => this.#options,
			interpreter: () => this.#interpreter,
			log: (message) => factory.log?.(message),
		});
	}

	get isolation(): readonly IsolationLayer[] {
		return this.#interpreter?.layers ?? [];
	}

	async start(signal: AbortSignal): Promise<void> {
		await this.#queue.run(() => this.#replaceInterpreter(undefined), signal);
		throwIfCancelled(signal);
	}

	execute(code: string, limits: CellLimits, onOutput: OutputSink, signal: AbortSignal): Promise<CellResult> {
		return this.#queue.run(() => this.#executeNow(code, limits, onOutput, signal), signal);
	}

	async variables(signal: AbortSignal): Promise<readonly ChangedVariable[]> {
		const { variables } = await this.#service('variables', {}, '', signal);
		return variablesOf(variables);
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

	renew(renewal: SandboxRenewal, signal: AbortSignal): Promise<boolean> {
		return this.#queue.run(() => this.#renewNow(renewal, signal), signal);
	}

	async dispose(): Promise<void> {
		this.#isDisposed = true;
		this.#desk.endCell();
		this.#onDispose();
		await this.#interpreter?.kill('disposed', 'the sandbox has been disposed of');
		// A replacement may be starting; it ends itself once it is up.
		await this.#queue.idle();
	}

	async #executeNow(code: string, limits: CellLimits, onOutput: OutputSink, signal: AbortSignal): Promise<CellResult> {
		const started = performance.now();
		const output = new StreamedOutput(onOutput, limits.outputCharacters);
		this.#desk.output = output;
		const header = { op: 'cell', outputCharacters: limits.outputCharacters };
		const outcome = await this.#run(header, Buffer.from(code), limits.timeoutMs, signal);
		this.#desk.output = undefined;
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
			const restart = await this.#replaceInterpreter(outcome.loss);
			return lostCell(restart, outcome.loss, limits, output, this.#citations);
		}
		this.#hasVariables = true;
		try {
			const cell = decodeResult('cell', outcome.result.payload);
			this.#citations = mergeCitations(this.#earlierCitations, cell.citations);
			const { spans } = outcome.result.header;
			return { ...finishedCell(cell, spans, outcome.stopped, limits), citations: this.#citations };
		} catch (error) {
			if (!(error instanceof FrameError)) throw error;
			return unreportedCell(error.message, output, this.#citations);
		}
	}

	async #renewNow(renewal: SandboxRenewal, signal: AbortSignal): Promise<boolean> {
		const hasNewContexts = !areSameContexts(renewal.contexts, this.#options.contexts);
		// A new interpreter continues from the copy of the old one's memory.
		if (hasNewContexts && this.#hasVariables) await this.#interpreter?.settled();
		const isAlive = this.#interpreter !== undefined && !this.#interpreter.loss;
		const canStartAnew = !this.#hasVariables || this.#interpreter?.checkpoint !== undefined;
		if (!canStartAnew && (!isAlive || hasNewContexts)) return false;
		const { outputFields: _, ...lasting } = this.#options;
		this.#options = { ...lasting, ...renewal };
		this.#citations = [];
		this.#earlierCitations = [];
		// An interpreter maps the texts when it starts.
		if (hasNewContexts) await this.#replaceInterpreter(undefined);
		const { header, payload } = encodeRenewal(renewal, hasNewContexts);
		const outcome = await this.#run(header, payload, SERVICE_MS, signal);
		if (outcome.stopped === 'cancelled') throw new CancelledError();
		if (outcome.loss) return false;
		this.#decode('renew', outcome.result);
		return true;
	}

	/** Runs a command that executes no model-written code. */
	#service<C extends Exclude<Command, 'cell'>>(
		command: C,
		fields: object,
		payload: string,
		signal: AbortSignal,
	): Promise<ResultOf<C>> {
		return this.#queue.run(async () => {
			const header = { op: command, ...fields };
			const outcome = await this.#run(header, Buffer.from(payload), SERVICE_MS, signal);
			if (outcome.loss) await this.#replaceInterpreter(outcome.loss);
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
		return this.#runOn(await this.#livingInterpreter(), header, payload, timeoutMs, signal);
	}

	async #runOn(
		interpreter: Interpreter,
		header: object,
		payload: Uint8Array,
		timeoutMs: number,
		signal: AbortSignal,
	): Promise<Outcome> {
		this.#desk.beginCell();
		const running = interpreter.run(header, payload);
		const supervisor = new Supervisor(interpreter, timeoutMs, signal);
		try {
			const result = await running;
			return { result, stopped: supervisor.stopped };
		} catch (error) {
			if (!(error instanceof SandboxError)) throw error;
			return { loss: error, stopped: supervisor.stopped };
		} finally {
			supervisor.dispose();
			this.#desk.endCell();
		}
	}

	async #livingInterpreter(): Promise<Interpreter> {
		if (!this.#interpreter || this.#interpreter.loss) await this.#replaceInterpreter(this.#interpreter?.loss);
		if (!this.#interpreter) throw new SandboxError('disposed', 'the sandbox has been disposed of');
		return this.#interpreter;
	}

	/** Starts an interpreter, from the last checkpoint of the lost one if there is one. @throws SandboxError */
	async #replaceInterpreter(loss: SandboxError | undefined): Promise<SandboxRestart> {
		if (this.#isDisposed) throw new SandboxError('disposed', 'the sandbox has been disposed of');
		const checkpoint = this.#interpreter?.checkpoint;
		if (loss) this.#factory.log?.(`sandbox lost (${loss.reason}): ${oneLine(loss.message)}`);
		await this.#interpreter?.kill('crashed', 'replaced');
		const hadVariables = this.#hasVariables;
		const isRestored = checkpoint !== undefined && (await this.#isSound(await this.#startFrom(checkpoint)));
		if (!isRestored) await this.#setUp(await this.#startFrom(undefined));
		return describeRestart(loss?.reason ?? 'crashed', isRestored || !hadVariables);
	}

	async #startFrom(checkpoint: SharedArrayBuffer | undefined): Promise<Interpreter> {
		const { contexts, memoryBytes } = this.#options;
		const onFrame = this.#desk.onFrame.bind(this.#desk);
		const interpreter = await this.#factory.start({ contexts, memoryBytes, checkpoint, onFrame });
		this.#interpreter = interpreter;
		if (this.#isDisposed) await interpreter.kill('disposed', 'the sandbox has been disposed of');
		return interpreter;
	}

	/**
	 * Whether a cell runs in restored memory. Code can break the runtime in a way that shows only a few cells later: then the
	 * copy is broken too, and every restart from it would fail.
	 */
	async #isSound(interpreter: Interpreter): Promise<boolean> {
		const outcome = await this.#runOn(interpreter, RESTORED, new Uint8Array(), PROBE_MS, neverStopped());
		if (outcome.loss?.reason === 'disposed') throw outcome.loss;
		if (outcome.result && this.#isSoundResult(outcome.result)) return true;
		this.#factory.log?.('sandbox: the restored memory does not work; starting afresh');
		await interpreter.kill('crashed', 'replaced');
		return false;
	}

	#isSoundResult(result: CommandResult): boolean {
		try {
			return decodeResult('probe', result.payload).isSound;
		} catch (error) {
			if (error instanceof FrameError) return false;
			throw error;
		}
	}

	async #setUp(interpreter: Interpreter): Promise<void> {
		this.#hasVariables = false;
		this.#earlierCitations = this.#citations;
		const { header, payload } = encodeSetup(this.#options);
		const outcome = await this.#runOn(interpreter, header, payload, SERVICE_MS, neverStopped());
		if (outcome.loss) throw outcome.loss;
		this.#decode('setup', outcome.result);
	}
}

function neverStopped(): AbortSignal {
	return new AbortController().signal;
}
