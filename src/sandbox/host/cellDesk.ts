import { InputError, reasonOf } from '../../core/errors.ts';
import type { SandboxOptions } from '../../core/ports/sandbox.ts';
import { oneLine } from '../../core/printable.ts';
import { checkShape } from '../../protocol/boundedJson.ts';
import type { WorkerHeader } from '../../protocol/sandboxFrames.ts';
import { CallDesk } from './callDesk.ts';
import type { Interpreter } from './interpreter.ts';
import { OpenQuestions } from './openQuestions.ts';
import type { StreamedOutput } from './streamedOutput.ts';

/** What a desk asks of its session, as things are now. */
export interface DeskOwner {
	host(): Pick<SandboxOptions, 'host' | 'tools'>;
	interpreter(): Interpreter | undefined;
	/** Diagnostics, one line. */
	log(message: string): void;
}

/** Serves the requests of a cell's code while it runs, and takes its output. */
export class CellDesk {
	/** Receives the output of the running cell. */
	output: StreamedOutput | undefined;
	readonly #owner: DeskOwner;
	readonly #calls: CallDesk;
	readonly #questions = new OpenQuestions();
	/** Aborted at the end of every cell: after that nobody waits for the host's work for it. */
	#cell = new AbortController();

	constructor(owner: DeskOwner) {
		this.#owner = owner;
		this.#calls = new CallDesk(
			() => owner.host().host,
			(request, header, payload) => owner.interpreter()?.reply(request, header, payload),
		);
	}

	beginCell(): void {
		this.#cell = new AbortController();
	}

	endCell(): void {
		this.#calls.endCell();
		this.#cell.abort();
	}

	onFrame(header: WorkerHeader, payload: Uint8Array): void {
		switch (header.op) {
			case 'submit':
				this.#calls.submit(header, payload);
				if (header.request !== undefined) this.#calls.waitForAll(header);
				return;
			case 'wait':
				this.#calls.wait(header);
				return;
			case 'cancel':
				this.#calls.cancel(header.ids);
				return;
			case 'output':
				this.output?.add(header.stream, new TextDecoder().decode(payload));
				return;
			case 'budget':
				this.#answer(header.request, 0, async () => JSON.stringify(await this.#owner.host().host.budget()));
				return;
			case 'tool':
				this.#answer(header.request, payload.length, () => this.#callTool(header.name, payload));
				return;
			case 'log':
				this.#owner.log(`sandbox: ${oneLine(header.text)}`);
		}
	}

	async #callTool(name: string, payload: Uint8Array): Promise<string> {
		const { tools } = this.#owner.host();
		const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
		if (!tool) throw new InputError(`there is no tool ${name}`);
		checkShape(payload);
		return tool.call(new TextDecoder().decode(payload), this.#cell.signal);
	}

	/** Answers a blocking request; a rejection becomes a Python RuntimeError. */
	#answer(request: number | undefined, bytes: number, work: () => Promise<string>): void {
		const interpreter = this.#owner.interpreter();
		this.#questions.follow(bytes, () =>
			work().then(
				(json) => interpreter?.reply(request ?? 0, {}, Buffer.from(json)),
				(error: unknown) => interpreter?.reply(request ?? 0, { error: reasonOf(error) }, new Uint8Array()),
			),
		);
	}
}
