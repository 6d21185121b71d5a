import { textContext } from '../../src/context/corpus.ts';
import { Budget } from '../../src/core/budget.ts';
import { SubCalls } from '../../src/core/calls.ts';
import { Emitter } from '../../src/core/emitter.ts';
import { reasonOf } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits.ts';
import { OpenTexts } from '../../src/core/openTexts.ts';
import { Pace } from '../../src/core/pace.ts';
import type { Context } from '../../src/core/ports/context.ts';
import type { CellResult, HostTool, Sandbox, SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { present } from '../../src/core/present.ts';
import { Semaphore } from '../../src/core/semaphore.ts';
import { NO_TOTALS } from '../../src/core/totals.ts';
import { json } from '../support/jsonReader.ts';
import type { CaseLimits, InitStep } from './cases.ts';
import { ScriptedModels, ScriptPlayer } from './scripted.ts';

const TOOLS: Readonly<Record<string, HostTool>> = {
	tool_echo: {
		description: 'returns its argument',
		// The text goes back as it came: numbers that JavaScript cannot hold stay what they are.
		call: async (argumentsJson) => /^\{"args":\s*\[(.*)\],\s*"kwargs":\s*\{\}\}$/s.exec(argumentsJson)?.[1] ?? 'null',
	},
	tool_fail: {
		description: 'always fails',
		call: () => Promise.reject(new Error('Tool failed!')),
	},
};

/** Limits of a case over defaults that leave its sub-calls room. */
export function limitsOf(limits: CaseLimits = {}): Limits {
	const set = (value: number | undefined, standard: number) => value ?? standard;
	return {
		...DEFAULT_LIMITS,
		callsPerCell: 1000,
		outputCharacters: set(limits.max_output_chars, DEFAULT_LIMITS.outputCharacters),
		cellMs: set(limits.exec_timeout_ms, 60_000),
		concurrency: set(limits.max_concurrent, DEFAULT_LIMITS.concurrency),
		iterations: set(limits.max_iterations, DEFAULT_LIMITS.iterations),
		consecutiveErrors: set(limits.max_consecutive_errors, DEFAULT_LIMITS.consecutiveErrors),
		calls: set(limits.max_llm_calls, DEFAULT_LIMITS.calls),
		tokens: set(limits.max_total_tokens, DEFAULT_LIMITS.tokens),
		emptyReplies: set(limits.max_empty_replies, DEFAULT_LIMITS.emptyReplies),
	};
}

/** A context as the case writes it: text, or a value; `$float` and `$repeat` stand for what JSON cannot say. */
export async function contextOf(value: unknown, index: number): Promise<Context> {
	const label = `context ${index}`;
	const plain = expand(value);
	if (typeof plain === 'string') return textContext({ label, path: `context_${index}`, text: plain });
	return { kind: 'json', label, json: pythonJson(plain) };
}

function expand(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if ('$repeat' in value && Array.isArray(value.$repeat))
		return String(value.$repeat[0]).repeat(Number(value.$repeat[1]));
	return value;
}

function pythonJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
	if ('$float' in value) return { inf: 'Infinity', '-inf': '-Infinity' }[String(value.$float)] ?? 'NaN';
	return `{${Object.entries(value)
		.map(([key, entry]) => `${JSON.stringify(key)}:${pythonJson(entry)}`)
		.join(',')}}`;
}

/** One REPL session of a case: the real sandbox, its sub-calls answered by scripts. */
export class Session {
	readonly limits: Limits;
	readonly llm: ScriptPlayer;
	readonly rlm: ScriptPlayer;
	readonly #sandbox: Sandbox;
	readonly #calls: SubCalls;
	readonly #signal: AbortSignal;

	private constructor(parts: {
		limits: Limits;
		llm: ScriptPlayer;
		rlm: ScriptPlayer;
		sandbox: Sandbox;
		calls: SubCalls;
		signal: AbortSignal;
	}) {
		this.limits = parts.limits;
		this.llm = parts.llm;
		this.rlm = parts.rlm;
		this.#sandbox = parts.sandbox;
		this.#calls = parts.calls;
		this.#signal = parts.signal;
	}

	static async open(init: Omit<InitStep, 'op'>, sandboxes: SandboxFactory, signal: AbortSignal): Promise<Session> {
		const limits = limitsOf(init.limits);
		const llm = new ScriptPlayer(init.llm ?? {});
		const rlm = new ScriptPlayer(init.rlm ?? {});
		const models = new ScriptedModels(llm);
		const canRecurse = (init.depth ?? 0) + 1 < (init.max_depth ?? 1);
		let nodes = 0;
		const calls = new SubCalls({
			runId: 'case',
			payer: 'case',
			models,
			subModel: await models.describe(),
			modelName: undefined,
			budget: new Budget(limits, Date.now, () => {}),
			emitter: new Emitter(Date.now),
			createNodeId: () => `case.${++nodes}`,
			now: Date.now,
			places: new Semaphore(limits.concurrency),
			texts: new OpenTexts(),
			pace: new Pace(),
			spend: () => {},
			startChild: canRecurse ? (query, _node, inner) => childReply(rlm, query.prompt, inner) : undefined,
			isMemoised: init.memo ?? false,
			json,
		});
		const values = init.contexts ?? (init.context === undefined ? [] : [init.context]);
		const sandbox = await sandboxes.create(
			present({
				contexts: await Promise.all(values.map(contextOf)),
				histories: (init.histories ?? []).map((history) => JSON.stringify(history)),
				tools: Object.fromEntries((init.tools ?? []).map((name) => [name, TOOLS[name] ?? TOOLS.tool_fail])) as Record<
					string,
					HostTool
				>,
				outputFields: init.output_fields ? init.output_fields.map(([name, type]) => ({ name, type })) : undefined,
				memoryBytes: 1 << 30,
				host: calls,
			}),
			signal,
		);
		return new Session({ limits, llm, rlm, sandbox, calls, signal });
	}

	async execute(code: string): Promise<CellResult> {
		const cell = this.#calls.startCell('cell');
		const { cellMs, outputCharacters } = this.limits;
		try {
			return await this.#sandbox.execute(code, { timeoutMs: cellMs, outputCharacters }, () => {}, this.#signal);
		} finally {
			await cell.end();
		}
	}

	/** JSON value of a variable. */
	async value(name: string): Promise<unknown> {
		const result = await this.execute(`print(__import__('json').dumps(${name}))`);
		return JSON.parse(result.stdout);
	}

	close(): Promise<void> {
		return this.#sandbox.dispose();
	}
}

async function childReply(player: ScriptPlayer, prompt: string, signal: AbortSignal) {
	try {
		return { text: await player.reply(prompt, signal), totals: NO_TOTALS };
	} catch (error) {
		return {
			text: reasonOf(error),
			failure: 'child' as const,
			totals: NO_TOTALS,
		};
	}
}
