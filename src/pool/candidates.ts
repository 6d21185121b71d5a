import { NoServerError } from '../core/errors.ts';
import type { ModelRole, Price } from '../core/ports/model.ts';
import type { CloudUse } from '../settings/choices.ts';
import type { PooledServer } from './server.ts';

/** A server that may serve a call. Without a model, the server is asked for one. */
export interface Candidate {
	readonly server: PooledServer;
	readonly model: string | undefined;
}

/** Models named in the settings. */
export interface ModelChoice {
	readonly rootModel?: string;
	readonly subModel?: string;
	readonly cloudUse?: CloudUse;
}

/** A requested model: by name, and possibly on one server only. */
interface Wanted {
	readonly model?: string;
	readonly serverId?: string;
}

/** Finds the servers that may serve a role and a model. */
export class Candidates {
	readonly #servers: readonly PooledServer[];
	readonly #choice: ModelChoice;

	constructor(servers: readonly PooledServer[], choice: ModelChoice) {
		this.#servers = servers;
		this.#choice = choice;
	}

	/** Candidates in the order of the servers. @throws NoServerError when there is none */
	find(role: ModelRole, model: string | undefined): readonly Candidate[] {
		const withRole = this.#withRole(role);
		const wanted = this.#wanted(role, model, withRole);
		const candidates = withRole
			.filter((server) => wanted.serverId === undefined || server.id === wanted.serverId)
			.filter((server) => wanted.model === undefined || wanted.serverId !== undefined || server.mayHave(wanted.model))
			.map((server) => ({ server, model: wanted.model ?? server.settings.models?.[0] }));
		if (candidates.length > 0) return candidates;
		const offered = [...new Set(withRole.flatMap((server) => server.knownModels ?? []))];
		throw new NoServerError(
			`No server with the role "${role}" has the model "${wanted.model}".`,
			[],
			offered.length > 0 ? `There are: ${offered.join(', ')}.` : undefined,
		);
	}

	#withRole(role: ModelRole): readonly PooledServer[] {
		const withRole = this.#servers.filter((server) => server.hasRole(role));
		if (withRole.length === 0) {
			throw new NoServerError(
				`No server has the role "${role}".`,
				[],
				'Add a server in the settings, or give one of them the role.',
			);
		}
		if (this.#choice.cloudUse !== 'never') return withRole;
		const free = withRole.filter((server) => !isPaid(server.priceForChoice(server.settings.models?.[0] ?? '')));
		if (free.length > 0) return free;
		throw new NoServerError(
			`Every server with the role "${role}" costs money, and cloudUse is "never".`,
			[],
			'Add a server that costs nothing, or set cloudUse to "overflow". For a free model of a public service, set a price of 0.',
		);
	}

	#wanted(role: ModelRole, model: string | undefined, withRole: readonly PooledServer[]): Wanted {
		const { rootModel, subModel } = this.#choice;
		const named = model ?? (role === 'root' ? rootModel : subModel);
		if (named !== undefined && named !== 'auto') return this.#parse(named);
		if (role === 'root' || rootModel === undefined || rootModel === 'auto') return {};
		const root = this.#parse(rootModel);
		const isOffered = withRole.some(
			({ id, settings }) =>
				(root.serverId === undefined || id === root.serverId) && settings.models?.includes(root.model ?? '') !== false,
		);
		return isOffered ? root : {};
	}

	/** `server/model` if the part before the first slash is a server's id; many model names contain slashes too. */
	#parse(name: string): Wanted {
		const slash = name.indexOf('/');
		const serverId = name.slice(0, slash);
		const isServer = slash > 0 && this.#servers.some(({ id }) => id === serverId);
		return isServer ? { serverId, model: name.slice(slash + 1) } : { model: name };
	}
}

function isPaid(price: Price | undefined): boolean {
	return price !== undefined && price.promptUsd + price.completionUsd > 0;
}
