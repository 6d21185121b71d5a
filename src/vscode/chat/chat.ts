import { l10n } from 'vscode';
import { InputError } from '../../core/errors.ts';
import type { ShownExchange } from '../../protocol/chat.ts';
import { headline } from '../answerDocument.ts';
import type { Log } from '../log.ts';
import { isUnderWay, type Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { SharedRepl } from '../runs/sharedRepl.ts';
import type { ChatStore, StoredChat } from './chatStore.ts';
import { type Chip, chipId, likelyChips, sourceOfChips } from './chips.ts';
import { endedExchange, failedExchange, liveExchange, storedExchange } from './exchanges.ts';

/** An exchange under way is drawn anew this often, at most. ms */
const DRAW_MS = 100;

/** What a conversation needs from the extension. */
export interface ChatDeps {
	readonly runs: Runs;
	readonly store: ChatStore;
	readonly log: Log;
}

/** What a conversation tells. */
export interface ChatListener {
	/** Its chips or its title have changed. */
	onHead(chat: Chat): void;
	/** An exchange is new or has changed. */
	onExchange(chat: Chat, exchange: ShownExchange): void;
	/** An exchange is gone. */
	onTakeBack(chat: Chat, exchangeId: string): void;
}

/** A conversation: questions one after the other about the same things, in one REPL. Every question is a run. */
export class Chat {
	readonly id: string;
	title: string;
	readonly #deps: ChatDeps;
	readonly #listener: ChatListener;
	readonly #repl: SharedRepl;
	#chips: readonly Chip[];
	#exchanges: readonly ShownExchange[];
	/** Variables that earlier questions left, as far as is known. */
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

	/** The run of the question that is being answered. */
	get current(): Run | undefined {
		return this.#current?.run;
	}

	exchange(id: string): ShownExchange | undefined {
		return this.#exchanges.find((exchange) => exchange.id === id);
	}

	/** Starts to answer a question. @throws InputError while another is being answered, or when there is no context */
	ask(question: string): Run {
		this.#prepare();
		if (this.#exchanges.length === 0) this.rename(headline(question));
		const notes = this.#hadVariables && !this.#repl.hasVariables ? [lostVariables()] : [];
		const source = sourceOfChips(this.#chips);
		const request = { question, source, repl: this.#repl, directBelowTokens: 0 };
		const run = this.#deps.runs.start(request, new AbortController().signal);
		this.#exchanges = [...this.#exchanges, liveExchange(run, notes)];
		this.#current = { run, done: this.#follow(run, notes) };
		return run;
	}

	/** Asks the question of an exchange again. The last exchange is replaced, earlier ones stay. @throws InputError as `ask` */
	askAgain(exchangeId: string): void {
		const last = this.#exchanges.at(-1);
		const exchange = this.exchange(exchangeId);
		if (!exchange) return;
		this.#prepare();
		if (exchange === last) {
			if (exchange.answer !== '') this.#repl.takeBack();
			this.#exchanges = this.#exchanges.slice(0, -1);
			this.#listener.onTakeBack(this, exchangeId);
		}
		this.ask(exchange.question);
	}

	/** Adds what is not there yet. */
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

	/** Nothing of it is kept. */
	async delete(): Promise<void> {
		this.#isDeleted = true;
		this.#current?.run.cancel();
		await this.#deps.store.remove(this.id);
		await this.close();
	}

	/** The question under way is answered. */
	async settled(): Promise<void> {
		await this.#current?.done;
	}

	/** Ends its REPL. */
	async close(): Promise<void> {
		await this.#repl.dispose();
	}

	/** Makes sure that a question can be asked, and about what. */
	#prepare(): void {
		if (this.#current) {
			throw new InputError(l10n.t('The last question is still being answered.'), l10n.t('Wait for it, or stop it.'));
		}
		if (this.#chips.length === 0) this.addChips(likelyChips());
		if (this.#chips.length === 0) throw nothingToAskAbout();
	}

	/** Draws the exchange of a run until the run has ended. */
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

	/** A conversation without a question is not worth keeping. */
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
	const { error, citations, notes, ...rest } = exchange;
	const copied = { ...rest, citations: [...citations], notes: [...notes] };
	return error ? { ...copied, error: { message: error.message, actions: [...error.actions] } } : copied;
}

/** Nothing is open, and nothing has been added. */
export function nothingToAskAbout(): InputError {
	return new InputError(l10n.t('There is nothing to ask about.'), l10n.t('Open a file or a folder, or add a context.'));
}

function lostVariables(): string {
	return l10n.t('Variables of earlier questions are gone with their interpreter. Messages and memory are kept.');
}
