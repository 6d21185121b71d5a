import { InputError } from './errors.ts';
import type { ChangedVariable, ReplSource, Sandbox, SandboxFactory, SandboxOptions } from './ports/sandbox.ts';
import { present } from './present.ts';
import { headAndTail } from './prompt/output.ts';
import type { RunDeps, RunRequest } from './request.ts';
import { type RunHandle, run } from './run.ts';
import { detachedHead } from './text.ts';

/** A question of a conversation and its answer. */
export interface Exchange {
	readonly question: string;
	readonly answer: string;
}

/** Initial state of a conversation. */
export interface ConversationOptions {
	readonly deps: RunDeps;
	/** Exchanges from before the conversation was restored, oldest first. */
	readonly exchanges?: readonly Exchange[];
	/** Its `memory` dict as JSON text. */
	readonly memory?: string;
	/** Idle time after which an unused REPL is closed, ms. */
	readonly idleMs: number;
}

/** A question of a conversation; earlier exchanges are added to it. */
export type ConversationRequest = Omit<RunRequest, 'histories' | 'memory' | 'repl' | 'earlier'>;

/** Exchanges repeated to the model in full; `history` holds all of them. */
const SHOWN_EXCHANGES = 4;
const SHOWN_CHARACTERS = 2_000;
const SHOWN_VARIABLES = 40;
/** Cap for an answer in `history`: each question adds another one. */
const KEPT_CHARACTERS = 1_000_000;

/** Asks questions in sequence over the same contexts in one REPL. Variables, `memory` and `history` carry over. */
export class Conversation {
	readonly #deps: RunDeps;
	readonly #repl: KeptRepl;
	readonly #exchanges: Exchange[];
	#isBusy = false;

	constructor({ deps, exchanges = [], memory, idleMs }: ConversationOptions) {
		this.#deps = deps;
		this.#exchanges = [...exchanges];
		this.#repl = new KeptRepl(deps.sandboxes, memory ?? '{}', idleMs);
	}

	/** Exchanges so far, oldest first. */
	get exchanges(): readonly Exchange[] {
		return this.#exchanges;
	}

	/** The `memory` dict as JSON text, as the last question left it. */
	get memory(): string {
		return this.#repl.memory;
	}

	/** True while the REPL of the last question is alive and holds variables. */
	get hasVariables(): boolean {
		return this.#repl.hasVariables;
	}

	/** Drops the last exchange so that its question can be asked again. Variables stay as they are. */
	takeBack(): void {
		this.#exchanges.pop();
	}

	/**
	 * Starts the run of the next question. Contexts may differ from earlier ones; variables stay.
	 * @throws InputError while an earlier question is being answered
	 */
	ask(request: ConversationRequest, signal: AbortSignal): RunHandle {
		if (this.#isBusy) {
			throw new InputError('The conversation is still answering the last question.', 'Wait for it, or cancel it.');
		}
		this.#isBusy = true;
		const handle = run(
			{
				...request,
				repl: this.#repl,
				memory: this.#repl.memory,
				...this.#before(),
			},
			this.#deps,
			signal,
		);
		const result = handle.result.then((ended) => {
			this.#isBusy = false;
			const answer = detachedHead(ended.answer, KEPT_CHARACTERS);
			if (answer !== '') this.#exchanges.push({ question: request.query, answer });
			return ended;
		});
		return { ...handle, result };
	}

	/** Ends the REPL but not a run in progress, which has its own signal. Idempotent. */
	dispose(): Promise<void> {
		return this.#repl.dispose();
	}

	#before(): Pick<RunRequest, 'histories' | 'earlier'> {
		if (this.#exchanges.length === 0) return {};
		const messages = this.#exchanges.flatMap(({ question, answer }) => [
			{ role: 'user', content: question },
			{ role: 'assistant', content: answer },
		]);
		const shown = messages
			.slice(-2 * SHOWN_EXCHANGES)
			.map(({ role, content }) => `${role}: ${headAndTail(content, SHOWN_CHARACTERS)}`);
		return { histories: [JSON.stringify(messages)], earlier: [...shown, this.#repl.description].join('\n') };
	}
}

/** The REPL of a conversation, kept between runs. */
class KeptRepl implements ReplSource {
	readonly #sandboxes: SandboxFactory;
	readonly #idleMs: number;
	#sandbox: Sandbox | undefined;
	#variables: readonly ChangedVariable[] = [];
	#memory: string;
	#idle: ReturnType<typeof setTimeout> | undefined;
	#isDisposed = false;

	constructor(sandboxes: SandboxFactory, memory: string, idleMs: number) {
		this.#sandboxes = sandboxes;
		this.#memory = memory;
		this.#idleMs = idleMs;
	}

	get memory(): string {
		return this.#memory;
	}

	get hasVariables(): boolean {
		return this.#sandbox !== undefined && this.#variables.length > 0;
	}

	/** Tells the model what the next run finds. */
	get description(): string {
		if (!this.#sandbox) return 'The REPL is a new one: variables of earlier questions are gone, `memory` is as it was.';
		if (this.#variables.length === 0) return 'The REPL is the same; it holds no variables.';
		const shown = this.#variables
			.slice(-SHOWN_VARIABLES)
			.map(({ name, type, size }) => `${name} (${type}${size === undefined ? '' : `, ${size}`})`);
		return `The REPL is the same; it still holds: ${shown.join(', ')}.`;
	}

	async open(options: SandboxOptions, signal: AbortSignal) {
		clearTimeout(this.#idle);
		const kept = this.#sandbox;
		this.#sandbox = undefined;
		if (kept) {
			const isKept = await kept.renew(options, signal).catch((error: unknown) => {
				if (signal.aborted) this.#keep(kept); // nothing is lost by a question that was taken back
				if (signal.aborted) throw error;
				return false;
			});
			if (isKept) return { sandbox: kept };
			await kept.dispose();
		}
		const sandbox = await this.#sandboxes.create({ ...options, memory: this.#memory }, signal);
		const hasLost = kept !== undefined && this.#variables.length > 0;
		const notice =
			'The REPL had to be replaced by a new one: variables of earlier questions are gone; `memory` is kept.';
		return present({ sandbox, notice: hasLost ? notice : undefined });
	}

	async close(sandbox: Sandbox): Promise<void> {
		const { signal } = new AbortController();
		try {
			this.#memory = await sandbox.memory(signal);
			this.#variables = await sandbox.variables(signal);
			this.#keep(sandbox);
		} catch {
			// A REPL that cannot list its variables is useless to the next question, which tells the model so.
			await sandbox.dispose();
		}
		if (this.#isDisposed) await this.dispose();
	}

	async dispose(): Promise<void> {
		this.#isDisposed = true;
		clearTimeout(this.#idle);
		const sandbox = this.#sandbox;
		this.#sandbox = undefined;
		await sandbox?.dispose();
	}

	#keep(sandbox: Sandbox): void {
		this.#sandbox = sandbox;
		this.#idle = setTimeout(() => void this.#giveUp(), this.#idleMs);
	}

	async #giveUp(): Promise<void> {
		const sandbox = this.#sandbox;
		this.#sandbox = undefined;
		await sandbox?.dispose();
	}
}
