import { passageFinder } from '../../src/compute/passageFinder.ts';
import { schemaValidator } from '../../src/compute/schemaValidator.ts';
import { createCorpusReader, textContext } from '../../src/context/corpus.ts';
import { reasonOf } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { parseReply } from '../../src/core/parse.ts';
import type { ChatMessage } from '../../src/core/ports/model.ts';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { present } from '../../src/core/present.ts';
import type { RunResult } from '../../src/core/request.ts';
import { type RunHandle, run } from '../../src/core/run.ts';
import { answer } from '../../src/modes/modes.ts';
import { officialFormat } from '../../src/officialFormat.ts';
import { compute, json } from '../support/jsonReader.ts';
import type { Case, Expectation, RunStep, Step } from './cases.ts';
import { countsOf, type Observed, observeCell, unmet } from './expectations.ts';
import { ScriptedModels, ScriptPlayer } from './scripted.ts';
import { contextOf, limitsOf, Session } from './session.ts';

/** Runs one case through the real parser, loop and sandbox. Returns what was not as expected. */
export async function runCase(subject: Case, sandboxes: SandboxFactory, signal: AbortSignal): Promise<string[]> {
	const steps = subject.steps ?? [];
	const expected = subject.expect ?? {};
	const first = steps[0];
	if (first?.op === 'run') return runStep(first, expected, sandboxes, signal);
	const perStep = Array.isArray(expected.steps) ? (expected.steps as (Expectation | null)[]) : [];
	const runner = new StepRunner(sandboxes, signal);
	try {
		const problems: string[] = [];
		for (const [index, step] of steps.entries()) {
			const found = await runner.run(step, perStep[index] ?? {});
			problems.push(...found.map((problem) => `step ${index}: ${problem}`));
		}
		return problems;
	} finally {
		await runner.close();
	}
}

/** Runs the steps of a case, which share a session. */
class StepRunner {
	readonly #sandboxes: SandboxFactory;
	readonly #signal: AbortSignal;
	#session: Session | undefined;

	constructor(sandboxes: SandboxFactory, signal: AbortSignal) {
		this.#sandboxes = sandboxes;
		this.#signal = signal;
	}

	async run(step: Step, expected: Expectation): Promise<string[]> {
		switch (step.op) {
			case 'parse':
				return unmet(expected, observeParse(step.text, step.finish_reason));
			case 'init':
				await this.close();
				return this.#init(step, expected);
			case 'exec': {
				this.#session ??= await Session.open({}, this.#sandboxes, this.#signal);
				const startedAt = performance.now();
				const result = await this.#session.execute(step.code);
				const wallMs = performance.now() - startedAt;
				return unmet(expected, await observeCell(result, this.#session, expected, wallMs));
			}
			default:
				return [`a ${step.op} step must stand alone`];
		}
	}

	async #init(step: Extract<Step, { op: 'init' }>, expected: Expectation): Promise<string[]> {
		try {
			this.#session = await Session.open(step, this.#sandboxes, this.#signal);
			return unmet(expected, { texts: { error: '' }, values: { error: null } });
		} catch (error) {
			const message = reasonOf(error);
			if (Object.keys(expected).length === 0) return [`init failed: ${message}`];
			return unmet(expected, { texts: { error: message, output: message }, values: { error: true } });
		}
	}

	async close(): Promise<void> {
		await this.#session?.close();
		this.#session = undefined;
	}
}

function observeParse(text: string, finishReason: string | undefined): Observed {
	const { blocks, final, notices } = parseReply(text, finishReason === 'length' ? 'length' : 'stop');
	return { texts: { notice: notices.join('\n') }, values: { blocks, final: final ?? null } };
}

async function runStep(
	step: RunStep,
	expected: Expectation,
	sandboxes: SandboxFactory,
	signal: AbortSignal,
): Promise<string[]> {
	let handle: RunHandle | undefined;
	const models = new ScriptedModels(new ScriptPlayer(step.llm ?? {}), {
		responses: step.responses,
		finishReasons: step.finish_reasons ?? [],
		beforeReply: (index) => index === step.cancel_after_turn && handle?.cancel(),
	});
	handle = run(
		present({
			query: step.query,
			contexts: [await contextOf(step.context, 0)],
			limits: limitsOf(step.limits),
			output: step.output_schema ? schemaValidator(step.output_schema, compute) : undefined,
		}),
		{
			models,
			sandboxes,
			readCorpus: createCorpusReader,
			passages: passageFinder(compute),
			textContext: (label, text) => textContext({ label, path: 'context', text }),
			officialFormat,
			answer,
			json,
			now: Date.now,
			createId: () => 'case',
		},
		signal,
	);
	const events: RunEvent[] = [];
	for await (const event of handle.events) events.push(event);
	return unmet(expected, observeRun(await handle.result, events, models, expected));
}

function observeRun(
	result: RunResult,
	events: readonly RunEvent[],
	models: ScriptedModels,
	expected: Expectation,
): Observed {
	const turns = events.filter((event) => event.type === 'iteration-start');
	const extra = turns.filter((event) => event.isSalvage).length;
	return {
		texts: {
			messages: models.rootCalls
				.flat()
				.map(({ content }) => content)
				.join('\n'),
		},
		values: {
			final: result.answer === '' ? null : result.answer,
			final_json: result.answerJson === undefined ? null : JSON.parse(result.answerJson),
			status: statusOf(result),
			turns: turns.length - extra,
			extra_calls: extra,
			calls: countsOf(expected, { llm: models.sub.calls, rlm: 0 }),
			messages_prefix_stable: models.rootCalls.every((messages, index) =>
				startsWith(messages, models.rootCalls[index - 1]),
			),
		},
	};
}

function startsWith(messages: readonly ChatMessage[], earlier: readonly ChatMessage[] | undefined): boolean {
	return JSON.stringify(messages.slice(0, earlier?.length ?? 0)) === JSON.stringify(earlier ?? []);
}

/** The outcome in the words of the case format. */
function statusOf({ outcome, reason }: RunResult): string {
	if (outcome === 'answered') return 'done';
	if (outcome !== 'partial') return outcome;
	switch (reason) {
		case 'iterations':
			return 'max_iterations';
		case 'errors':
			return 'max_errors';
		case 'emptyReplies':
			return 'no_progress';
		case 'answer-now':
			return 'answer_now';
		default:
			return `budget_${reason ?? ''}`;
	}
}
