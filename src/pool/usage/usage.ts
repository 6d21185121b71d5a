import type { RunEvent } from '../../core/events.ts';
import type { Usage } from '../../core/ports/model.ts';
import { sumBy } from '../../core/sumBy.ts';

/** Usage of one model on one server. All counts are additive. */
export interface ServerUsage {
	readonly server: string;
	readonly model: string;
	/** Requests that the server worked on, including those whose reply was lost. */
	readonly calls: number;
	/** Failed attempts, whether or not another one followed. */
	readonly failedAttempts: number;
	readonly promptTokens: number;
	/** Prompt tokens read from the server's cache. */
	readonly cachedPromptTokens: number;
	readonly completionTokens: number;
	/** Calls with estimated tokens, because the server reported none. */
	readonly estimatedCalls: number;
	/** USD of the calls whose price is known. */
	readonly costUsd: number;
	/** Calls with an unknown price. If there are any, `costUsd` is a lower bound. */
	readonly unpricedCalls: number;
	/** Duration of the calls without the wait for a place. ms */
	readonly durationMs: number;
}

export function noUsage(server: string, model: string): ServerUsage {
	return {
		server,
		model,
		calls: 0,
		failedAttempts: 0,
		promptTokens: 0,
		cachedPromptTokens: 0,
		completionTokens: 0,
		estimatedCalls: 0,
		costUsd: 0,
		unpricedCalls: 0,
		durationMs: 0,
	};
}

/** Adds two entries, under the names of the first. */
export function addUsage(a: ServerUsage, b: Omit<ServerUsage, 'server' | 'model'>): ServerUsage {
	return {
		server: a.server,
		model: a.model,
		calls: a.calls + b.calls,
		failedAttempts: a.failedAttempts + b.failedAttempts,
		promptTokens: a.promptTokens + b.promptTokens,
		cachedPromptTokens: a.cachedPromptTokens + b.cachedPromptTokens,
		completionTokens: a.completionTokens + b.completionTokens,
		estimatedCalls: a.estimatedCalls + b.estimatedCalls,
		costUsd: a.costUsd + b.costUsd,
		unpricedCalls: a.unpricedCalls + b.unpricedCalls,
		durationMs: a.durationMs + b.durationMs,
	};
}

/** Sums by server and model, in order of first appearance. */
export function sumByModel(entries: Iterable<ServerUsage>): readonly ServerUsage[] {
	return sumBy(entries, ({ server, model }) => JSON.stringify([server, model]), addUsage);
}

/** Converts the events of a run to usage: every request that a server worked on and every failed attempt, once. */
export class UsageFold {
	/** Nodes of calls that became child runs: their calls are counted where they happen. */
	readonly #childRuns = new Set<string>();
	/** The last known model of a server, for failed attempts without one. */
	readonly #models = new Map<string, string>();

	/** @returns the usage that the event adds; undefined when it adds none */
	add(event: RunEvent): ServerUsage | undefined {
		switch (event.type) {
			case 'run-start':
				if (event.parentId !== undefined) this.#childRuns.add(event.parentId);
				this.#models.set(event.subServer, event.subModel).set(event.rootServer, event.rootModel);
				return undefined;
			case 'message-end':
				return this.#counted(event, event.usage);
			case 'call-end':
				if (event.usage === undefined || event.status === 'memo' || this.#childRuns.has(event.nodeId)) return undefined;
				// For a call the whole duration counts, for a message its last attempt.
				return this.#counted({ ...event, durationMs: Math.max(0, event.durationMs - event.queueMs) }, event.usage);
			case 'attempt-lost':
				return this.#counted({ ...event, durationMs: 0 }, event.usage);
			case 'compaction':
				return event.call && this.#counted(event.call, event.call.usage);
			case 'attempt-failed': {
				const usage = noUsage(event.server, this.#models.get(event.server) ?? '');
				return { ...usage, failedAttempts: 1 };
			}
			default:
				return undefined;
		}
	}

	#counted(
		event: {
			readonly server?: string;
			readonly model?: string;
			readonly costUsd?: number;
			readonly durationMs: number;
		},
		usage: Usage,
	): ServerUsage | undefined {
		const { server, model, costUsd, durationMs } = event;
		if (server === undefined || model === undefined) return undefined;
		this.#models.set(server, model);
		return {
			...noUsage(server, model),
			calls: 1,
			promptTokens: usage.promptTokens,
			cachedPromptTokens: usage.cachedPromptTokens ?? 0,
			completionTokens: usage.completionTokens,
			estimatedCalls: usage.isEstimate ? 1 : 0,
			costUsd: costUsd ?? 0,
			unpricedCalls: costUsd === undefined ? 1 : 0,
			durationMs,
		};
	}
}
