import type { SubCalls } from './calls.ts';
import { contextBytes } from './contextSummary.ts';
import type { Context } from './ports/context.ts';
import type { ReplSource, Sandbox, SandboxFactory, SandboxOptions } from './ports/sandbox.ts';
import { present } from './present.ts';
import type { RunRequest } from './request.ts';

/** The REPL of a run, started on first use. */
export interface RunRepl {
	sandbox(): Promise<Sandbox>;
	close(): Promise<void>;
}

/**
 * Opens the REPL of a run when it is needed: the one of the conversation, or one that ends with the run.
 * @param notes receives a sentence for the model when the REPL differs from what the model was promised
 */
export function runRepl(
	request: RunRequest,
	sandboxes: SandboxFactory,
	host: SubCalls,
	notes: string[],
	signal: AbortSignal,
): RunRepl {
	const repl = request.repl ?? ownRepl(sandboxes);
	let sandbox: Promise<Sandbox> | undefined;
	return {
		sandbox() {
			sandbox ??= startSandbox(request, repl, host, notes, signal);
			return sandbox;
		},
		close: () => closeSandbox(repl, sandbox),
	};
}

/** A REPL that lives as long as its run. */
function ownRepl(sandboxes: SandboxFactory): ReplSource {
	return {
		open: async (options, signal) => ({ sandbox: await sandboxes.create(options, signal) }),
		close: (sandbox) => sandbox.dispose(),
	};
}

function startSandbox(
	request: RunRequest,
	repl: ReplSource,
	host: SubCalls,
	notes: string[],
	signal: AbortSignal,
): Promise<Sandbox> {
	const options: SandboxOptions = present({
		contexts: request.contexts,
		histories: request.histories ?? [],
		memory: request.memory,
		tools: request.tools ?? {},
		outputFields: request.outputFields,
		memoryBytes: interpreterMemory(request.contexts),
		host,
	});
	const opened = repl.open(options, signal).then(({ sandbox, notice }) => {
		if (notice !== undefined) notes.push(notice);
		return sandbox;
	});
	opened.catch(() => {}); // reported where it is first needed
	return opened;
}

async function closeSandbox(repl: ReplSource, sandbox: Promise<Sandbox> | undefined): Promise<void> {
	const started = await sandbox?.catch(() => undefined);
	if (started) await repl.close(started);
}

/** Room for the texts in Python's widest representation and for work on them. 32-bit memory ends below 4 GiB. Bytes. */
function interpreterMemory(contexts: readonly Context[]): number {
	const bytes = contexts.reduce((sum, context) => sum + contextBytes(context), 0);
	return Math.min(Math.max(1 << 30, bytes * 4 + (256 << 20)), 4 * (1 << 30) - 65_536);
}
