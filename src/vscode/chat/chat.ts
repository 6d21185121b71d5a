import { l10n } from 'vscode';
import { InputError } from '../../core/errors.ts';
import type { ShownExchange } from '../../protocol/chat.ts';
import { headline } from '../answerDocument.ts';
import type { Log } from '../log.ts';
import { isUnderWay, type Run, type StartRequest } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { SharedRepl } from '../runs/sharedRepl.ts';
import type { ChatStore, StoredChat } from './chatStore.ts';
import { type Chip, chipId, likelyChips, sourceOfChips } from './chips.ts';
import { endedExchange, failedExchange, liveExchange, storedExchange } from './exchanges.ts';

/** Shortest time between two updates of a running exchange. ms */
const DRAW_MS = 100;

/** The parts of the extension that a conversation needs. */
export interface ChatDeps {
	readonly runs: Runs;
	readonly store: ChatStore;
	readonly log: Log;
}

/** Receives the changes of conversations. */
export interface ChatListener {
	/** Chips or title have changed. */
	onHead(chat: Chat): void;
	/** An exchange is new or has changed. */
	onExchange(chat: Chat, exchange: ShownExchange): void;
	/** An exchange is gone. */
	onTakeBack(chat: Chat, exchangeId: string): void;
}

/** A conversation: one question after another about the same contexts, in one REPL. Every question is a run. */
export class Chat {
	readonly id: string;
	title: string;
	readonly #deps: ChatDeps;
	readonly #listener: ChatListener;
	readonly #repl: SharedRepl;
	#chips: readonly Chip[];
	#exchanges: readonly ShownExchange[];
	/** Whether earlier questions left variables, as far as we know. */
	#hadVariables: boolean;
	#current: { readonly run: Run; readonly done: Promise<void> } | undefined;
	#isDeleted = false;

	/** @param stored absent for a new conversation */
	constructor(deps: ChatDeps, listener: ChatListener, stored?: StoredChat) {
		this.#deps = deps;
		this.#listener = listener;
		this.id = stored?.id ?? crypto.randomUUID();
		this.title = stored?.title ?? '';
		this.#chips = stored?.chips ?? [];
		this.#exchanges = (stored?.turns ?? []).map((exchange) => storedExchange({ ...exchange, error: exchange.error }));
		this.#hadVariables = stored?.hasVariables ?? false;
		const answered = this.#exchanges.filter(({ answer }) => answer !== '');
		this.#repl = new SharedRepl({ exchanges: answered, memory: stored?.memory });
	}

	get exchanges(): readonly ShownExchange[] {
		return this.#exchanges;
	}

	get chips(): readonly Chip[] {
		return this.#chips;
	}

	/** The run that is under way. */
	get current(): Run | undefined {
		return this.#current?.run;
	}

	exchange(id: string): ShownExchange | undefined {
		return this.#exchanges.find((exchange) => exchange.id === id);
	}

	/** Starts a run for a question. @throws InputError while another is under way, or without a context */
	ask(question: string, changes: Pick<StartRequest, 'onBuiltin'> = {}): Run {
		this.#prepare();
		if (this.#exchanges.length === 0) this.rename(headline(question));
		const notes = this.#hadVariables && !this.#repl.hasVariables ? [lostVariables()] : [];
		const source = sourceOfChips(this.#chips);
		const request = { question, source, repl: this.#repl, directBelowTokens: 0, ...changes };
		const run = this.#deps.runs.start(request, new AbortController().signal);
		this.#exchanges = [...this.#exchanges, liveExchange(run, notes)];
		this.#current = { run, done: this.#follow(run, notes) };
		return run;
	}

	/** Asks a question again. Replaces the last exchange; earlier ones stay. @throws InputError as `ask` */
	askAgain(exchangeId: string, changes?: Pick<StartRequest, 'onBuiltin'>): void {
		const last = this.#exchanges.at(-1);
		const exchange = this.exchange(exchangeId);
		if (!exchange) return;
		this.#prepare();
		if (exchange === last) {
			if (exchange.answer !== '') this.#repl.takeBack();
			this.#exchanges = this.#exchanges.slice(0, -1);
			this.#listener.onTakeBack(this, exchangeId);
		}
		this.ask(exchange.question, changes);
	}

	/** Adds chips that are not there yet. */
	addChips(chips: readonly Chip[]): void {
		const known = new Set(this.#chips.map(chipId));
		this.#chips = [...this.#chips, ...chips.filter((chip) => !known.has(chipId(chip)))];
		this.#listener.onHead(this);
		this.#save();
	}

	removeChip(id: string): void {
		this.#chips = this.#chips.filter((chip) => chipId(chip) !== id);
		this.#listener.onHead(this);
		this.#save();
	}

	rename(title: string): void {
		this.title = title;
		this.#listener.onHead(this);
		this.#save();
	}

	/** Deletes the conversation with everything stored of it. */
	async delete(): Promise<void> {
		this.#isDeleted = true;
		this.#current?.run.cancel();
		await this.#deps.store.remove(this.id);
		await this.close();
	}

	/** Resolves when no question is under way. */
	async settled(): Promise<void> {
		await this.#current?.done;
	}

	/** Ends the REPL. */
	async close(): Promise<void> {
		await this.#repl.dispose();
	}

	/** Finds the context of the next question. @throws InputError when none can be asked now */
	#prepare(): void {
		if (this.#current) {
			throw new InputError(l10n.t('The last question is still being answered.'), l10n.t('Wait for it, or stop it.'));
		}
		if (this.#chips.length === 0) this.addChips(likelyChips());
		if (this.#chips.length === 0) throw nothingToAskAbout();
	}

	/** Updates the exchange of a run until the run has ended. */
	async #follow(run: Run, notes: readonly string[]): Promise<void> {
		const { runs } = this.#deps;
		let timer: NodeJS.Timeout | undefined;
		const draw = () => {
			timer = undefined;
			if (isUnderWay(run.state)) this.#set(liveExchange(run, notes));
		};
		const soon = (changed: Run) => {
			if (changed === run) timer ??= setTimeout(draw, DRAW_MS);
		};
		const subscriptions = [runs.onDidChange(soon), runs.onEvents((batch) => soon(batch.run))];
		draw();
		this.#save();
		try {
			this.#end(endedExchange(run, await run.result, notes));
		} catch (error) {
			this.#end(failedExchange(run, error, notes));
		} finally {
			clearTimeout(timer);
			for (const subscription of subscriptions) subscription.dispose();
		}
	}

	#end(exchange: ShownExchange): void {
		this.#current = undefined;
		this.#hadVariables = this.#repl.hasVariables;
		this.#set(exchange);
		this.#save();
	}

	#set(exchange: ShownExchange): void {
		this.#exchanges = this.#exchanges.map((other) => (other.id === exchange.id ? exchange : other));
		this.#listener.onExchange(this, exchange);
	}

	/** Saves the conversation once it holds a question. */
	#save(): void {
		if (this.#exchanges.length === 0 || this.#isDeleted) return;
		const { id, title } = this;
		const stored = {
			...{ version: 1 as const, id, title, chips: [...this.#chips], turns: this.#exchanges.map(asStored) },
			...{ memory: this.#repl.memory, hasVariables: this.#hadVariables },
		};
		this.#deps.store.save(stored).catch((error: unknown) => {
			this.#deps.log.error(l10n.t('The conversation could not be saved'), error);
		});
	}
}

function asStored(exchange: ShownExchange): StoredChat['turns'][number] {
	const { error, citations, doubts, notes, ...rest } = exchange;
	const copied = { ...rest, citations: [...citations], doubts: [...doubts], notes: [...notes] };
	return error ? { ...copied, error: { message: error.message, actions: [...error.actions] } } : copied;
}

/** The error for a question without a context: nothing is open, nothing was added. */
export function nothingToAskAbout(): InputError {
	return new InputError(l10n.t('There is nothing to ask about.'), l10n.t('Open a file or a folder, or add a context.'));
}

function lostVariables(): string {
	return l10n.t('Variables of earlier questions are gone with their interpreter. Messages and memory are kept.');
}
