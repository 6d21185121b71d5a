import { EventEmitter, type ExtensionContext } from 'vscode';
import type { Provider } from '../core/ports/model.ts';
import type { Engine } from '../engine.ts';
import type { ServerSettings } from '../settings/servers.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { KeyConsent } from './consent/keyConsent.ts';
import type { Log } from './log.ts';

/** An engine in use, with the settings it was made from. */
export interface OpenEngine {
	readonly engine: Engine;
	readonly settings: Settings;
}

interface Entry {
	/** Those settings as text. */
	readonly key: string;
	readonly engine: Promise<Engine>;
	/** Undefined when the settings name no collector. */
	readonly tracing: Promise<Tracing | undefined>;
	users: number;
}

/**
 * Owns the engine of this window. Loads and makes it on first use, and again when the settings have changed;
 * the old one lives until its last run has ended.
 */
export class EngineHost {
	readonly #context: ExtensionContext;
	readonly #log: Log;
	readonly #keyConsent: KeyConsent;
	readonly #entries = new Set<Entry>();
	readonly #onDidOpen = new EventEmitter<OpenEngine>();
	#current: Entry | undefined;
	#opened: OpenEngine | undefined;

	constructor(context: ExtensionContext, log: Log, keyConsent: KeyConsent) {
		this.#context = context;
		this.#keyConsent = keyConsent;
		this.#log = log;
	}

	/**
	 * Fires when an engine starts work: a new one after a change of settings, or the same. Settings that name what
	 * was found without them keep the same engine.
	 */
	readonly onDidOpen = this.#onDidOpen.event;

	/** The newest engine; undefined before the first use. */
	get opened(): OpenEngine | undefined {
		return this.#opened;
	}

	/**
	 * Lends the engine for these settings to a piece of work, and keeps it alive until the work is done. The work shows
	 * the runs that it starts to the tracing, if there is one.
	 */
	async use<T>(settings: Settings, work: (engine: Engine, tracing: Tracing | undefined) => T | Promise<T>): Promise<T> {
		const entry = this.#entryFor(settings);
		entry.users++;
		try {
			const engine = await entry.engine;
			this.#tell(entry, { engine, settings });
			return await work(engine, await entry.tracing);
		} finally {
			entry.users--;
			await this.#disposeIfUnused(entry);
		}
	}

	/** Reads the keys of the servers of these settings, by id. The reader throws ModelError as `readApiKey` does. */
	keysOf({ servers }: Settings): (id: string) => Promise<string | undefined> {
		return async (id) => {
			const server = servers.find((one) => one.id === id);
			if (!server) return undefined;
			const { readApiKey } = await import('./secrets.ts');
			return readApiKey(this.#context.secrets, server, (asked) => this.#keyConsent.allows(asked));
		};
	}

	async dispose(): Promise<void> {
		this.#current = undefined;
		this.#opened = undefined;
		this.#onDidOpen.dispose();
		await Promise.all([...this.#entries].map((entry) => this.#end(entry)));
	}

	#entryFor(settings: Settings): Entry {
		const key = JSON.stringify(settings);
		const old = this.#current;
		if (old?.key === key) return old;
		const entry: Entry = { key, engine: this.#create(settings), tracing: this.#trace(settings), users: 0 };
		this.#current = entry;
		this.#entries.add(entry);
		if (old) void this.#disposeIfUnused(old);
		return entry;
	}

	#tell(entry: Entry, opened: OpenEngine): void {
		if (entry !== this.#current) return;
		this.#opened = opened;
		this.#onDidOpen.fire(opened);
	}

	async #create(settings: Settings): Promise<Engine> {
		const [{ createEngine }, { processScript, vaultFolder, workerScript }, { createLedger }, { usageFolder }] =
			await Promise.all([
				import('../engine.ts'),
				import('../assets.ts'),
				import('../pool/usage/ledger.ts'),
				import('../settings/dataFolder.ts'),
			]);
		const { secrets, globalStorageUri } = this.#context;
		return createEngine({
			settings,
			apiKey: this.keysOf(settings),
			sandboxToken: async () => (await import('./secrets.ts')).sandboxToken(secrets, settings),
			vaultFolder,
			workerScript,
			processScript,
			createProvider: createEditorProvider,
			journalFolder: `${globalStorageUri.fsPath}/runs`,
			ledger: createLedger(usageFolder(process.env), (error) => this.#log.error('writing the usage of today', error)),
			log: (message) => this.#log.info(message),
		});
	}

	/** Ignores environment variables: those that VS Code was started with are meant for other programs. */
	async #trace(settings: Settings): Promise<Tracing | undefined> {
		if (settings.telemetry?.otlpEndpoint === undefined) return undefined;
		const { openTracing } = await import('../telemetry/tracing.ts');
		const { version } = this.#context.extension.packageJSON;
		return openTracing({ settings, env: {}, version, log: (message) => this.#log.info(message) });
	}

	async #disposeIfUnused(entry: Entry): Promise<void> {
		if (entry !== this.#current && entry.users === 0) await this.#end(entry);
	}

	async #end(entry: Entry): Promise<void> {
		if (!this.#entries.delete(entry)) return;
		try {
			await (await entry.engine).dispose();
			await (await entry.tracing)?.close();
		} catch (error) {
			this.#log.error('ending the engine', error);
		}
	}
}

/** Makes the providers that only the editor has. */
async function createEditorProvider(server: ServerSettings): Promise<Provider | undefined> {
	if (server.kind !== 'vscode') return undefined;
	const { LanguageModels } = await import('./nativeChat/languageModels.ts');
	return new LanguageModels(server);
}
