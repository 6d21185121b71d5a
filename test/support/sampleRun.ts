import type { EventBody, RunEvent, Totals } from '../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits.ts';

/** Totals with the given tokens, all of one priced call. */
export function totals(promptTokens: number, completionTokens: number, costUsd = 0, calls = 1): Totals {
	return { usage: { promptTokens, completionTokens, isEstimate: false }, costUsd, unpricedCalls: 0, calls };
}

/** Gives events their sequence numbers, and times 100 ms apart from `startedAt` on. */
export function numbered(bodies: readonly EventBody[], startedAt = 1_760_000_000_000): RunEvent[] {
	return bodies.map((body, index) => ({ ...body, seq: index, at: startedAt + index * 100 }) as RunEvent);
}

const run = { runId: 'run-1', nodeId: 'run-1' };
const iteration = (index: number) => ({ runId: 'run-1', nodeId: `run-1/${index}`, parentId: 'run-1' });
const cell = { runId: 'run-1', nodeId: 'run-1/1/c1', parentId: 'run-1/1' };
const call = (index: number) => ({ runId: 'run-1', nodeId: `run-1/1/c1/q${index}`, parentId: 'run-1/1/c1' });
const span = { path: 'src/server.ts', startLine: 10, endLine: 20 };

/** A long text: the journal stores such ones once. */
export const LONG_PROMPT = `Which port does the server listen on? ${'The server listens on a port. '.repeat(40)}`;

/** A small run that holds every type of event. */
export const SAMPLE_BODIES: readonly EventBody[] = [
	{
		...run,
		type: 'run-start',
		query: 'Which port does the server listen on?',
		contexts: [
			{
				kind: 'files',
				label: 'folder demo',
				bytes: 123_456,
				lines: 3210,
				files: 42,
				leftOut: [{ reason: 'binary', count: 2, examples: ['logo.png'] }],
			},
		],
		depth: 0,
		limits: DEFAULT_LIMITS,
		rootModel: 'big',
		rootServer: 'hosted',
		subModel: 'small',
		subServer: 'local',
		isBuiltin: false,
		profile: 'default',
	},
	{
		...iteration(1),
		type: 'iteration-start',
		index: 1,
		isSalvage: false,
		messages: [
			{ role: 'system', content: 'You write Python.' },
			{ role: 'user', content: LONG_PROMPT },
		],
	},
	{
		...iteration(1),
		type: 'attempt-failed',
		server: 'hosted',
		category: 'overloaded',
		message: 'hosted is overloaded',
		restartsReply: false,
		next: { kind: 'retry', afterMs: 250 },
	},
	{ ...iteration(1), type: 'message-delta', text: 'I will look.', channel: 'text' },
	{
		...iteration(1),
		type: 'message-end',
		text: 'I will look.\n```repl\nprint(llm_query_batched(prompts))\n```',
		reasoning: 'hm',
		finishReason: 'stop',
		usage: { promptTokens: 1000, completionTokens: 50, cachedPromptTokens: 10, isEstimate: false },
		costUsd: 0.01,
		server: 'hosted',
		model: 'big',
		attempts: 2,
		queueMs: 3,
		firstTokenMs: 100,
		durationMs: 900,
	},
	{ ...cell, type: 'code-start', code: 'print(llm_query_batched(prompts))' },
	{
		...call(1),
		type: 'call-start',
		kind: 'llm',
		prompt: LONG_PROMPT,
		preview: 'Which port does the server',
		spans: [span],
	},
	{
		...call(2),
		type: 'call-start',
		kind: 'llm',
		prompt: LONG_PROMPT,
		preview: 'Which port does the server',
		spans: [span],
	},
	{ ...cell, type: 'output-delta', stream: 'stdout', text: 'asking\n' },
	{
		...call(1),
		type: 'call-end',
		status: 'done',
		reply: 'Port 8080.',
		usage: { promptTokens: 300, completionTokens: 5, isEstimate: true },
		costUsd: 0.001,
		server: 'local',
		model: 'small',
		attempts: 1,
		queueMs: 0,
		durationMs: 400,
	},
	{
		...call(2),
		type: 'call-end',
		status: 'failed',
		reply: '[error] the server is overloaded',
		failure: 'overloaded',
		attempts: 3,
		queueMs: 0,
		durationMs: 400,
	},
	{
		...cell,
		type: 'code-end',
		stdout: 'asking\n',
		stderr: '',
		echo: '2',
		error: { type: 'ValueError', message: 'no', traceback: 'line 1', line: 1, hint: 'try' },
		changed: [{ name: 'prompts', type: 'list', size: 2 }],
		spans: [span],
		durationMs: 700,
	},
	{
		...iteration(1),
		type: 'iteration-end',
		index: 1,
		own: totals(1000, 50, 0.01),
		subtree: totals(1300, 55, 0.011, 3),
		durationMs: 1100,
	},
	{ ...run, type: 'notice', audience: 'model', text: 'The call limit is near.' },
	{ ...run, type: 'budget-warning', limit: 'calls', used: 900, max: 1000 },
	{ ...run, type: 'compaction', messagesBefore: 12, tokensBefore: 9000, tokensAfter: 700, summary: LONG_PROMPT },
	{
		...run,
		type: 'run-end',
		outcome: 'answered',
		answer: 'The server listens on port 8080.',
		answerJson: '{"port": 8080}',
		citations: [{ path: 'src/server.ts', startLine: 12, endLine: 12, quote: 'listen(8080)', check: 'place' }],
		iterations: 1,
		totals: totals(1300, 55, 0.011, 3),
		durationMs: 1700,
	},
];

const mode = { ...run, type: 'mode-start' } as const;

/** The beginning of a run that a plan leads. */
export const GUIDED_BODIES: readonly EventBody[] = [
	...SAMPLE_BODIES.slice(0, 1),
	{ ...mode, mode: 'guided', reason: { kind: 'small-model' } },
	{ ...run, type: 'plan-start', plan: 'table', about: 'It makes records of the text.' },
];
