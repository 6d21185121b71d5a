import * as v from 'valibot';
import { FileSystemError, l10n, type Memento, Uri, workspace } from 'vscode';
import { ERROR_ACTIONS, InputError } from '../../core/errors.ts';
import { chipSchema } from './chips.ts';

const LIST_KEY = 'rlm.chats';
const OPEN_KEY = 'rlm.chats.open';
/** Conversations to keep; older ones are deleted. */
const MAX_CHATS = 100;

const place = v.object({
	path: v.string(),
	startLine: v.number(),
	endLine: v.number(),
	problem: v.exactOptional(v.string()),
	isMissing: v.exactOptional(v.boolean()),
});
const exchangeSchema = v.object({
	id: v.string(),
	question: v.string(),
	contextLabel: v.string(),
	state: v.picklist(['collecting', 'running', 'answered', 'partial', 'cancelled', 'failed', 'interrupted']),
	progress: v.string(),
	draft: v.string(),
	answer: v.string(),
	citations: v.array(place),
	doubts: v.exactOptional(v.array(v.string()), []),
	notes: v.array(v.string()),
	error: v.optional(v.object({ message: v.string(), actions: v.array(v.picklist(ERROR_ACTIONS)) })),
	figures: v.string(),
});
const chatSchema = v.object({
	version: v.literal(1),
	id: v.string(),
	title: v.string(),
	chips: v.array(chipSchema),
	/** The exchanges, under the name that the files of version 1 give them. */
	turns: v.array(exchangeSchema),
	/** JSON text of the `memory` dict. */
	memory: v.optional(v.string()),
	/** The REPL held variables when this was written. They went with its window. */
	hasVariables: v.boolean(),
});

/** A conversation as it is stored. */
export type StoredChat = v.InferOutput<typeof chatSchema>;

/** Entry of a conversation in the list. */
export interface ChatInfo {
	readonly id: string;
	readonly title: string;
	/** ms since the epoch. */
	readonly updatedAt: number;
}

/** The conversations of a workspace: a file for each, and a list in the workspace's storage. */
export class ChatStore {
	readonly #folder: Uri;
	readonly #memento: Memento;
	/** The last write: writes run one after another. */
	#saving: Promise<void> = Promise.resolve();

	/** @param storage the extension's folder for this workspace */
	constructor(storage: Uri, memento: Memento) {
		this.#folder = Uri.joinPath(storage, 'chats');
		this.#memento = memento;
	}

	/** Lists conversations, newest first. */
	list(): readonly ChatInfo[] {
		return this.#memento.get<readonly ChatInfo[]>(LIST_KEY, []);
	}

	/** Id of the conversation that was shown last. */
	get openId(): string | undefined {
		return this.#memento.get<string>(OPEN_KEY);
	}

	async setOpen(id: string): Promise<void> {
		await this.#memento.update(OPEN_KEY, id);
	}

	/** Reads a conversation; undefined when there is none. @throws InputError for a damaged file */
	async read(id: string): Promise<StoredChat | undefined> {
		const uri = this.#uriOf(id);
		await this.#saving;
		try {
			return v.parse(chatSchema, JSON.parse(new TextDecoder().decode(await workspace.fs.readFile(uri))));
		} catch (cause) {
			if (cause instanceof FileSystemError && cause.code === 'FileNotFound') return undefined;
			throw new InputError(
				l10n.t('The conversation in {0} cannot be read.', uri.toString(true)),
				l10n.t('Delete it.'),
				{
					cause,
				},
			);
		}
	}

	/** Writes a conversation and puts it first in the list. */
	save(chat: StoredChat): Promise<void> {
		return this.#next(async () => {
			await workspace.fs.writeFile(this.#uriOf(chat.id), new TextEncoder().encode(JSON.stringify(chat)));
			const info = { id: chat.id, title: chat.title, updatedAt: Date.now() };
			const all = [info, ...this.list().filter(({ id }) => id !== chat.id)];
			await this.#memento.update(LIST_KEY, all.slice(0, MAX_CHATS));
			for (const { id } of all.slice(MAX_CHATS)) await this.#delete(id);
		});
	}

	/** Deletes a conversation, if it exists. */
	remove(id: string): Promise<void> {
		return this.#next(async () => {
			await this.#memento.update(
				LIST_KEY,
				this.list().filter((other) => other.id !== id),
			);
			await this.#delete(id);
		});
	}

	#next(work: () => Promise<void>): Promise<void> {
		const done = this.#saving.then(work);
		this.#saving = done.catch(() => {}); // the caller sees the error; the next write does not depend on it
		return done;
	}

	async #delete(id: string): Promise<void> {
		try {
			await workspace.fs.delete(this.#uriOf(id));
		} catch (error) {
			if (!(error instanceof FileSystemError) || error.code !== 'FileNotFound') throw error;
		}
	}

	#uriOf(id: string): Uri {
		return Uri.joinPath(this.#folder, `${id}.json`);
	}
}
