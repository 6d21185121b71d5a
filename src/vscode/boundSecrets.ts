import * as v from 'valibot';
import type { SecretStorage } from 'vscode';

/** The secret of a name for one address, and the other addresses that have one. */
export interface FoundSecret {
	/** Secret for the address in question. */
	readonly secret: string | undefined;
	/** Origins that other secrets belong to; `undefined` for one whose address is unknown. */
	readonly others: readonly (string | undefined)[];
}

const schema = v.strictObject({ version: v.literal(1), secrets: v.record(v.string(), v.string()) });

/**
 * Secrets bound to the address that they were given for: the settings of a workspace can give a known name another
 * address, and must not get the secret with it. A name has one secret for each origin (scheme, host and port).
 */
export class BoundSecrets {
	readonly #storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>;

	constructor(storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>) {
		this.#storage = storage;
	}

	/**
	 * Looks for the secret of an address.
	 * @param usersUrl address of the same name in the user's own settings, to which secrets belong that were stored
	 * before they were bound to addresses
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

	/** Stores the secret of an address. Those of other addresses stay; one without an address is dropped. */
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

/** Gives scheme, host and port. */
export function originOf(url: string): string {
	return URL.parse(url)?.origin ?? url;
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // a bare secret, from before they were bound
	}
}
