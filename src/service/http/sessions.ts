import { randomBytes } from 'node:crypto';
import type { EngineConversation } from '../../engine.ts';
import type { Contexts } from './contexts.ts';
import type { Execution } from './execution.ts';
import { HttpError } from './httpErrors.ts';

/** Maximum number of sessions, and how long to keep an idle one. */
export interface SessionLimits {
	readonly count: number;
	/** ms */
	readonly idleMs: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { count: 64, idleMs: 4 * 60 * 60_000 };

/** A session in a list, where only the size of its contents is shown. */
export interface SessionSummary {
	readonly id: string;
	readonly contexts: readonly string[];
	/** Number of answered questions. */
	readonly exchangeCount: number;
	/** Size of the `memory` dict of the REPL, as JSON text. */
	readonly memoryCharacters: number;
	/** Ids of its executions, oldest first. */
	readonly executions: readonly string[];
	readonly isBusy: boolean;
	/** ISO 8601 */
	readonly createdAt: string;
}

/** A conversation: questions over the same contexts, one after the other. */
export interface Session {
	readonly id: string;
	readonly contexts: readonly string[];
	readonly conversation: EngineConversation;
	readonly executions: string[];
	readonly createdAt: number;
	current: Execution | undefined;
	idle: NodeJS.Timeout | undefined;
}

/** The sessions of a service; ends idle ones. */
export class Sessions {
	readonly #limits: SessionLimits;
	readonly #contexts: Contexts;
	readonly #converse: () => EngineConversation;
	readonly #log: (message: string) => void;
	readonly #sessions = new Map<string, Session>();

	constructor(
		limits: SessionLimits,
		contexts: Contexts,
		converse: () => EngineConversation,
		log: (message: string) => void,
	) {
		this.#limits = limits;
		this.#contexts = contexts;
		this.#converse = converse;
		this.#log = log;
	}

	get count(): number {
		return this.#sessions.size;
	}

	/** Checks that another session may open. @throws HttpError 429 when there are too many */
	assertRoom(): void {
		const { count } = this.#limits;
		if (this.#sessions.size < count) return;
		throw new HttpError(429, 'too-many-sessions', `there are ${count} sessions already`, 'Delete one of them.');
	}

	/** Opens a session over stored contexts. @throws HttpError like assertRoom, 404 */
	open(contexts: readonly string[]): Session {
		this.assertRoom();
		for (const context of contexts) this.#contexts.get(context); // holds none of them unless all exist
		const id = `ses_${randomBytes(9).toString('hex')}`;
		for (const context of contexts) this.#contexts.hold(context, id);
		const session: Session = {
			id,
			contexts,
			conversation: this.#converse(),
			executions: [],
			createdAt: Date.now(),
			current: undefined,
			idle: undefined,
		};
		this.#sessions.set(id, session);
		this.#watch(session);
		return session;
	}

	/** @throws HttpError 404 */
	find(id: string): Session {
		const session = this.#sessions.get(id);
		if (session) return session;
		throw new HttpError(404, 'not-found', `there is no session ${id}`, 'Open one with POST /sessions.');
	}

	/** Returns a session that is not answering a question. @throws HttpError 404, 409 */
	free(id: string): Session {
		const session = this.find(id);
		if (session.current === undefined) return session;
		const problem = `session ${id} is answering execution ${session.current.id}`;
		throw new HttpError(409, 'busy', problem, 'Wait until it has ended, or cancel it.');
	}

	/** Marks a session as answering a question. */
	occupy(session: Session, execution: Execution): void {
		clearTimeout(session.idle);
		session.current = execution;
		session.executions.push(execution.id);
		void execution.ended.then(() => {
			session.current = undefined;
			if (this.#sessions.has(session.id)) this.#watch(session);
		});
	}

	/** Serialises a session. Its memory is JSON text already, of any size, and is passed on unchanged. */
	json(session: Session): string {
		const { exchanges, memory } = session.conversation;
		const { exchangeCount: _, memoryCharacters: _characters, ...facts } = summaryOf(session);
		return `${JSON.stringify({ ...facts, exchanges }).slice(0, -1)},"memory":${memory}}`;
	}

	list(): SessionSummary[] {
		return [...this.#sessions.values()].map(summaryOf);
	}

	/** Cancels the current run of a session and ends its REPL. @throws HttpError 404 */
	async delete(id: string): Promise<void> {
		const session = this.find(id);
		this.#sessions.delete(id);
		clearTimeout(session.idle);
		session.current?.start.run?.cancel();
		await session.current?.ended;
		await session.conversation.dispose();
		for (const context of session.contexts) this.#contexts.release(context, id);
	}

	/** Ends all sessions. */
	async close(): Promise<void> {
		await Promise.all([...this.#sessions.keys()].map((id) => this.delete(id)));
	}

	#watch(session: Session): void {
		session.idle = setTimeout(() => {
			this.#log(`session ${session.id} was idle for ${this.#limits.idleMs / 1000} s and ends`);
			this.delete(session.id).catch((error: unknown) => this.#log(`session ${session.id} ends badly: ${error}`));
		}, this.#limits.idleMs).unref();
	}
}

function summaryOf({ id, contexts, conversation, executions, createdAt, current }: Session): SessionSummary {
	return {
		id,
		contexts,
		exchangeCount: conversation.exchanges.length,
		memoryCharacters: conversation.memory.length,
		executions,
		isBusy: current !== undefined,
		createdAt: new Date(createdAt).toISOString(),
	};
}
