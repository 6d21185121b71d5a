import * as v from 'valibot';
import type { SecretStorage } from 'vscode';

/** A secret that is sent somewhere, and for which addresses there is one. */
export interface FoundSecret {
	/** The one for the address that was asked about. */
	readonly secret: string | undefined;
	/** Origins of other addresses that one was given for; `undefined` stands for one that nobody knows any more. */
	readonly others: readonly (string | undefined)[];
}

const schema = v.strictObject({ version: v.literal(1), secrets: v.record(v.string(), v.string()) });

/**
 * Secrets that are bound to the address that they were given for: settings of a workspace can give a known name another
 * address, and must not get the secret with it. Under one name there is one for each origin (scheme, host and port).
 */
export class BoundSecrets {
	readonly #storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>;

	constructor(storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>) {
		this.#storage = storage;
	}

	/**
	 * Looks for the secret of an address.
	 * @param usersUrl the address of the same name in the user's own settings: what was stored before secrets were bound
	 * was given for that one
	 */
	async find(name: string, url: string, usersUrl: string | undefined): Promise<FoundSecret> {
		const origin = originOf(url);
		const stored = await this.#read(name);
		if (stored.unbound !== undefined) {
			if (usersUrl === undefined) return { secret: undefined, others: [undefined] };
			stored.secrets.set(originOf(usersUrl), stored.unbound);
			await this.#write(name, stored.secrets);
		}
		const others = [...stored.secrets.keys()].filter((other) => other !== origin);
		return { secret: stored.secrets.get(origin), others };
	}

	/** Stores the secret of an address. Those of others stay; one that was bound to none is given up. */
	async store(name: string, url: string, secret: string): Promise<void> {
		const { secrets } = await this.#read(name);
		await this.#write(name, secrets.set(originOf(url), secret));
	}

	/** Removes all secrets of a name. */
	async remove(name: string): Promise<void> {
		await this.#storage.delete(name);
	}

	async #read(name: string): Promise<{ secrets: Map<string, string>; unbound?: string }> {
		const text = await this.#storage.get(name);
		if (text === undefined) return { secrets: new Map() };
		const parsed = v.safeParse(schema, jsonOf(text));
		if (parsed.success) return { secrets: new Map(Object.entries(parsed.output.secrets)) };
		return { secrets: new Map(), unbound: text };
	}

	async #write(name: string, secrets: ReadonlyMap<string, string>): Promise<void> {
		await this.#storage.store(name, JSON.stringify({ version: 1, secrets: Object.fromEntries(secrets) }));
	}
}

/** Scheme, host and port. */
export function originOf(url: string): string {
	return URL.parse(url)?.origin ?? url;
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // a secret as it was typed
	}
}
