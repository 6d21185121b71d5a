import type { Exchange } from '../../core/conversation.ts';
import type { Context, TextContext } from '../../core/ports/context.ts';
import { present } from '../../core/present.ts';
import type { Engine, EngineConversation, EngineQuestion, EngineRun } from '../../engine.ts';

/** State of a conversation before its first question in this window. */
export interface EarlierLife {
	readonly exchanges: readonly Exchange[];
	/** JSON text of the `memory` dict, if any. */
	readonly memory: string | undefined;
}

/**
 * The REPL that the questions of a conversation share. When the settings change, the window gets a new engine:
 * memory and history move to a new REPL, and variables are lost.
 */
export class SharedRepl {
	#earlier: EarlierLife;
	#engine: Engine | undefined;
	#conversation: EngineConversation | undefined;
	#contexts: readonly Context[] = [];

	constructor(earlier: EarlierLife = { exchanges: [], memory: undefined }) {
		this.#earlier = earlier;
	}

	/** JSON text of the `memory` dict after the last question. */
	get memory(): string | undefined {
		return this.#conversation?.memory ?? this.#earlier.memory;
	}

	/** Whether variables of earlier questions still exist. */
	get hasVariables(): boolean {
		return this.#conversation?.hasVariables ?? false;
	}

	/** @throws InputError while another question is under way */
	ask(engine: Engine, question: EngineQuestion, signal: AbortSignal): EngineRun {
		this.#contexts = sameWhereEqual(question.contexts, this.#contexts);
		return this.#on(engine).ask({ ...question, contexts: this.#contexts }, signal);
	}

	/** Removes the last exchange from the history, so that its question can be asked again. */
	takeBack(): void {
		this.#earlier = { ...this.#earlier, exchanges: this.#earlier.exchanges.slice(0, -1) };
		this.#conversation?.takeBack();
	}

	/** Ends the REPL. Idempotent. */
	async dispose(): Promise<void> {
		await this.#conversation?.dispose();
	}

	#on(engine: Engine): EngineConversation {
		if (this.#conversation && this.#engine === engine) return this.#conversation;
		const { exchanges, memory } = this.#conversation ?? this.#earlier;
		this.#engine = engine;
		this.#conversation = engine.converse(present({ exchanges, memory }));
		return this.#conversation;
	}
}

/**
 * Replaces contexts that were read again unchanged by the earlier objects: a REPL takes new
 * objects for new contexts and would load them.
 */
function sameWhereEqual(contexts: readonly Context[], before: readonly Context[]): readonly Context[] {
	return contexts.map((context, index) => {
		const old = before[index];
		return old && areEqual(context, old) ? old : context;
	});
}

function areEqual(one: Context, other: Context): boolean {
	if (one.label !== other.label) return false;
	if (one.kind === 'json' || other.kind === 'json') {
		return one.kind === 'json' && other.kind === 'json' && one.json === other.json;
	}
	return one.kind === other.kind && haveSameFiles(one, other) && haveSameBytes(one, other);
}

function haveSameFiles(one: TextContext, other: TextContext): boolean {
	return JSON.stringify([one.files, one.leftOut]) === JSON.stringify([other.files, other.leftOut]);
}

function haveSameBytes({ bytes: one }: TextContext, { bytes: other }: TextContext): boolean {
	return Buffer.from(one).equals(Buffer.from(other));
}
