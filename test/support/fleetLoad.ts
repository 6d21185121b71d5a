import { CancelledError, ModelError, NoServerError } from '../../src/core/errors.ts';
import type { ModelCall } from '../../src/core/ports/model.ts';
import type { Pool } from '../../src/pool/pool.ts';
import { answerTo, type FleetServerPlan, POISON } from './fleetPlan.ts';
import { observer } from './observers.ts';

/** Six servers of all three protocols. */
export function sixServers(faultShare: number, serviceMs: number): FleetServerPlan[] {
	return (['ollama', 'openai', 'anthropic', 'ollama', 'openai', 'anthropic'] as const).map((kind, index) => ({
		id: `${kind}-${index}`,
		kind,
		faultShare,
		serviceMs,
	}));
}

/** How many calls ended in which way. */
export interface LoadReport {
	/** Got the answer to their own prompt. */
	readonly answered: number;
	/** Got another text. */
	readonly wrong: readonly string[];
	/** Ended by an error of the engine, by its class or category. */
	readonly failed: Readonly<Record<string, number>>;
	/** Ended by anything else. */
	readonly untyped: readonly unknown[];
	/** Failed attempts that the calls were told of. */
	readonly failedAttempts: number;
}

/** Prompts, each different; every hundredth is too long and every hundredth malformed. */
export function prompts(count: number): string[] {
	return Array.from({ length: count }, (_, index) => {
		const poison = index % 100 === 50 ? POISON.overflow : index % 100 === 75 ? POISON.malformed : '';
		return `Read part ${index} of the text. ${poison}`;
	});
}

function subCall(prompt: string): ModelCall {
	return {
		role: 'sub',
		messages: [{ role: 'user', content: prompt }],
		runId: 'run',
		conversationId: prompt,
		maxTokens: 100,
	};
}

/** Makes all calls at once and waits for all of them. */
export async function load(
	pool: Pool,
	texts: readonly string[],
	signal: AbortSignal,
	extra: Partial<ModelCall> = {},
): Promise<LoadReport> {
	let failedAttempts = 0;
	const watched = observer({
		onAttemptFailed: () => {
			failedAttempts++;
		},
	});
	const ended = await Promise.allSettled(
		texts.map((text) => pool.call({ ...subCall(text), ...extra }, watched, signal)),
	);
	const wrong: string[] = [];
	const untyped: unknown[] = [];
	const failed: Record<string, number> = {};
	for (const [index, end] of ended.entries()) {
		if (end.status === 'fulfilled') {
			if (end.value.text !== answerTo(texts[index] ?? '')) wrong.push(end.value.text);
			continue;
		}
		const name = nameOf(end.reason);
		if (name === undefined) untyped.push(end.reason);
		else failed[name] = (failed[name] ?? 0) + 1;
	}
	const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
	return {
		answered: texts.length - failures - untyped.length - wrong.length,
		wrong,
		failed,
		untyped,
		failedAttempts,
	};
}

function nameOf(error: unknown): string | undefined {
	if (error instanceof ModelError) return error.category;
	if (error instanceof NoServerError) return 'no-server';
	return error instanceof CancelledError ? 'cancelled' : undefined;
}
