import {
	CancelledError,
	type Explanation,
	explain,
	type FailureCategory,
	InputError,
	ModelError,
	RlmError,
} from '../core/errors.ts';
import type { ModelListing, ModelRole, Provider, ServerReport } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { type DetectedServer, detectServer } from '../models/detect.ts';
import { TokenEstimator } from '../models/estimate.ts';
import { cleanKey, oddCharacter } from '../models/keys.ts';
import { kindOf, serviceAt } from '../models/kinds.ts';
import { isChatModel } from '../models/listings.ts';
import type { ServerSettings } from '../settings/servers.ts';
import { freeId } from './discover.ts';
import { createProvider } from './providers.ts';
import { type TestCall, testCall } from './testCall.ts';
import { type KnownPrice, priceOf } from './usage/prices.ts';

/** A model to choose from. */
export interface ModelChoice extends ModelListing {
	/** Absent when unknown. */
	readonly known?: KnownPrice;
}

/** Settings to store for a server. */
export interface ServerChoice {
	readonly id: string;
	/** At least one, preferred first. */
	readonly models: readonly string[];
	readonly roles: readonly ModelRole[];
}

/** A warning for the user before the server is stored. */
export type Warning = 'window-unknown' | 'window-small' | 'partly-on-cpu';

/** What went wrong in a step, by kind of problem; `other` explains itself. */
export interface AddServerProblem extends Explanation {
	readonly kind: FailureCategory | 'empty-key' | 'no-model' | 'taken-id' | 'other';
}

/**
 * Progress of adding a server. `problem` says what went wrong in the last step and what to do; the step is then open
 * for another try.
 */
export type AddServerState =
	| { readonly step: 'address'; readonly problem?: AddServerProblem }
	| { readonly step: 'key'; readonly server: DetectedServer; readonly problem?: AddServerProblem }
	| {
			readonly step: 'models';
			readonly server: DetectedServer;
			readonly report: ServerReport;
			/** Models that can chat: loaded ones first, then by size. */
			readonly models: readonly ModelChoice[];
			readonly suggestion: ServerChoice;
			readonly problem?: AddServerProblem;
	  }
	| {
			readonly step: 'test';
			readonly server: DetectedServer;
			readonly settings: ServerSettings;
			readonly warnings: readonly Warning[];
			readonly problem?: AddServerProblem;
	  }
	| {
			readonly step: 'done';
			/** Ready to be stored, except for the key: see `AddServer.key`. */
			readonly settings: ServerSettings;
			readonly warnings: readonly Warning[];
			readonly test: TestCall;
	  };

/** Smallest useful window of a root model, tokens. */
const SMALL_WINDOW = 16_384;

/**
 * The steps of adding a server, for any user interface: address, key if needed, models and roles, test call. Each step
 * moves on or reports a problem; only cancellation and defects throw.
 */
export class AddServer {
	readonly #existing: readonly ServerSettings[];
	#state: AddServerState = { step: 'address' };
	#found: Extract<AddServerState, { step: 'models' }> | undefined;
	#address = '';
	#key: string | undefined;

	/** @param existing configured servers, which decide a free id and the open roles */
	constructor(existing: readonly ServerSettings[]) {
		this.#existing = existing;
	}

	get state(): AddServerState {
		return this.#state;
	}

	/** Key to store under the server's id; undefined when it needs none. */
	get key(): string | undefined {
		return this.#key;
	}

	/** Detects what runs at an address. @throws CancelledError */
	async enterAddress(typed: string, signal: AbortSignal): Promise<AddServerState> {
		this.#address = typed;
		this.#key = undefined;
		this.#found = undefined;
		return this.#step({ step: 'address' }, signal, () => this.#look(signal));
	}

	/** Takes the key once the server asks for one. @throws CancelledError */
	async enterKey(key: string, signal: AbortSignal): Promise<AddServerState> {
		const { server } = this.#expect('key');
		const clean = cleanKey(key);
		if (clean === '') return this.#set({ step: 'key', server, problem: problemOf(EMPTY_KEY, 'empty-key') });
		const odd = oddCharacter(clean);
		if (odd !== undefined) return this.#set({ step: 'key', server, problem: problemOf(oddKey(odd), 'other') });
		this.#key = clean;
		return this.#step({ step: 'key', server }, signal, () => this.#look(signal));
	}

	/** Takes models and roles; they can be changed until the test. */
	choose(choice: ServerChoice): AddServerState {
		const found = this.#found;
		if (!found) return this.#state;
		if (choice.models.length === 0) return this.#set({ ...found, problem: problemOf(NO_MODEL, 'no-model') });
		if (this.#existing.some(({ id }) => id === choice.id)) {
			return this.#set({ ...found, problem: problemOf(takenId(choice.id), 'taken-id') });
		}
		const settings = settingsOf(found, choice);
		return this.#set({ step: 'test', server: found.server, settings, warnings: warningsOf(found, choice) });
	}

	/** Makes a small real call to the first chosen model. @throws CancelledError */
	async test(signal: AbortSignal): Promise<AddServerState> {
		const before = this.#expect('test');
		const { server, settings, warnings } = before;
		const model = settings.models?.[0] ?? '';
		return this.#step({ step: 'test', server, settings, warnings }, signal, async () => {
			const window = this.#found?.models.find(({ name }) => name === model)?.contextTokens;
			const isHosted = serviceAt(server.url) !== undefined;
			const options = present({ isHosted, contextTokens: window });
			const test = await this.#with(settings, (provider, estimator) =>
				testCall(provider, estimator, model, options, signal),
			);
			return { step: 'done', settings, warnings, test };
		});
	}

	async #look(signal: AbortSignal): Promise<AddServerState> {
		const apiKey = this.#key;
		const server = await detectServer(this.#address, signal, apiKey === undefined ? {} : { apiKey });
		if (server.isLoading) throw loadingError(server);
		if (server.needsKey && apiKey === undefined) return { step: 'key', server };
		const settings = { id: new URL(server.url).host, kind: server.wire, url: server.url };
		const report = await this.#with(settings, (provider) => provider.probe(signal));
		const models = choicesOf(settings, report);
		if (models.length === 0) throw noModelsError(server);
		const suggestion = suggest(server, models, this.#existing);
		this.#found = { step: 'models', server, report, models, suggestion };
		return this.#found;
	}

	/** Runs a step; a failure is reported at the step where it started. */
	async #step(
		begin: AddServerState,
		signal: AbortSignal,
		work: () => Promise<AddServerState>,
	): Promise<AddServerState> {
		try {
			return this.#set(await work());
		} catch (error) {
			if (signal.aborted) throw new CancelledError();
			if (!(error instanceof RlmError) || error instanceof CancelledError) throw error;
			const kind = error instanceof ModelError ? error.category : 'other';
			return this.#set({ ...begin, problem: problemOf(error, kind) } as AddServerState);
		}
	}

	async #with<T>(
		settings: ServerSettings,
		work: (provider: Provider, estimator: TokenEstimator) => Promise<T>,
	): Promise<T> {
		const estimator = new TokenEstimator();
		const provider = await createProvider(settings, this.#key, estimator);
		try {
			return await work(provider, estimator);
		} finally {
			provider.dispose?.();
		}
	}

	#set(state: AddServerState): AddServerState {
		this.#state = state;
		return state;
	}

	#expect<S extends AddServerState['step']>(step: S): Extract<AddServerState, { step: S }> {
		if (this.#state.step === step) return this.#state as Extract<AddServerState, { step: S }>;
		throw new TypeError(`the step "${step}" is not next, but "${this.#state.step}"`);
	}
}

/** Models that can chat: loaded ones first, then by size. */
function choicesOf(settings: ServerSettings, { models }: ServerReport): readonly ModelChoice[] {
	const choices = models.filter(isChatModel).map((listing): ModelChoice => {
		const known = priceOf(settings, listing.name, {}, listing.price);
		return known === undefined ? listing : { ...listing, known };
	});
	return choices.sort((a, b) => Number(b.isLoaded ?? false) - Number(a.isLoaded ?? false) || sizeOf(b) - sizeOf(a));
}

/** A measure of model size: bytes, else billions of parameters from the name. */
function sizeOf({ name, bytes }: ModelListing): number {
	return bytes ?? Number(/(\d+(?:\.\d+)?)\s*b\b/i.exec(name)?.[1] ?? 0) * 1e9;
}

/**
 * Suggests one model for both roles: a server that has to load another model for each change of role spends its time
 * loading. If other servers can already be root, a server with a small window gets sub-calls.
 */
function suggest(
	server: DetectedServer,
	models: readonly ModelChoice[],
	existing: readonly ServerSettings[],
): ServerChoice {
	const isHosted = serviceAt(server.url) !== undefined;
	// A hosted list is a whole catalogue; a model with a known price is the cautious choice.
	const first = (isHosted ? models.find(({ known }) => known !== undefined) : undefined) ?? models[0];
	const hasRoot = existing.some(({ roles }) => roles?.includes('root') ?? true);
	const isSmall = (first?.contextTokens ?? SMALL_WINDOW) < SMALL_WINDOW;
	return {
		id: freeId(nameOf(server), new Set(existing.map(({ id }) => id))),
		models: first === undefined ? [] : [first.name],
		roles: hasRoot && isSmall ? ['sub'] : ['root', 'sub'],
	};
}

/** Name of the machine if it has one, else of the software. */
function nameOf({ software, url }: DetectedServer): string {
	const host = new URL(url).hostname;
	const isNamed = /^[a-z]/i.test(host) && host !== 'localhost' && serviceAt(url) === undefined;
	return isNamed ? (host.split('.')[0] ?? software) : software === 'compatible' ? 'server' : software;
}

function settingsOf(
	{ server, report }: Extract<AddServerState, { step: 'models' }>,
	{ id, models, roles }: ServerChoice,
): ServerSettings {
	return present({
		id,
		kind: server.wire,
		url: server.url,
		models: [...models],
		roles: roles.length === 1 ? [...roles] : undefined,
		maxConcurrent: report.places,
	});
}

function warningsOf(
	{ server, models }: Extract<AddServerState, { step: 'models' }>,
	choice: ServerChoice,
): readonly Warning[] {
	const chosen = models.filter(({ name }) => choice.models.includes(name));
	const windows = chosen.map(({ contextTokens, maxContextTokens }) => contextTokens ?? maxContextTokens);
	const isUnknown = !kindOf(server.wire).servesAskedWindow && windows.some((window) => window === undefined);
	const isSmall =
		choice.roles.includes('root') && windows.some((window) => window !== undefined && window < SMALL_WINDOW);
	const isPartlyOnCpu = chosen.some(({ bytes, vramBytes }) => bytes && vramBytes !== undefined && vramBytes < bytes);
	return [
		...(isUnknown ? (['window-unknown'] as const) : []),
		...(isSmall ? (['window-small'] as const) : []),
		...(isPartlyOnCpu ? (['partly-on-cpu'] as const) : []),
	];
}

const EMPTY_KEY = new InputError('The key is empty.', 'Paste the key as the service shows it.');
const NO_MODEL = new InputError('No model is chosen.', 'Choose at least one.');

function oddKey(odd: string): InputError {
	return new InputError(`The key holds ${odd}, which no key has.`, 'Copy it again, without anything around it.');
}

function takenId(id: string): InputError {
	return new InputError(`A server "${id}" already exists.`, 'Give this one another name.');
}

function problemOf(error: RlmError, kind: AddServerProblem['kind']): AddServerProblem {
	return { ...explain(error), kind };
}

function loadingError({ url }: DetectedServer): ModelError {
	const message = `The server at ${url} is loading its model.`;
	return new ModelError(message, { category: 'overloaded', url, hint: 'Try again when it is ready.' });
}

function noModelsError({ url, software }: DetectedServer): ModelError {
	const hint = software === 'ollama' ? 'Pull one there, for example: ollama pull qwen3:8b' : 'Load one there.';
	return new ModelError(`The server at ${url} has no model for chat.`, { category: 'model-not-found', url, hint });
}
