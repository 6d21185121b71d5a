import { CITATION_CHECKS, CITATION_FAULTS } from '../../core/events.ts';
import { WAYS } from '../../core/modes.ts';
import type { JsonSchema } from '../../settings/jsonSchemaOf.ts';

// What the service answers, as JSON schemas for the OpenAPI document.

const string = { type: 'string' } as const;
const number = { type: 'number' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const flag = { type: 'boolean' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const texts = { type: 'array', items: string } as const;

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** Builds an object schema from required and optional fields. */
function object(required: Readonly<Record<string, JsonSchema>>, optional: Readonly<Record<string, JsonSchema>> = {}) {
	return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const error = object({ code: string, message: string }, { hint: string, actions: texts });

const usage = object(
	{ promptTokens: count, completionTokens: count, isEstimate: flag },
	{ cachedPromptTokens: count, reasoningTokens: count },
);

const totals = object({
	usage: ref('Usage'),
	costUsd: { ...number, description: 'USD of the calls whose price is known.' },
	unpricedCalls: { ...count, description: 'Calls without a known price; when above 0, costUsd is a lower bound.' },
	calls: { ...count, description: 'Model calls, including those of the root model.' },
});

const span = { path: string, startLine: count, endLine: count };
const citation = object(
	{
		...span,
		quote: { ...string, description: 'The text of these lines, cut; empty when they do not exist.' },
		check: {
			enum: [...CITATION_CHECKS],
			description:
				'exact, folded: what the answer quotes stands there, letter for letter or but for white space, typographic quotes and dashes. place: the lines exist, and nothing is quoted from them. not-found: the lines do not exist, or the quotation does not stand there.',
		},
	},
	{
		fault: { enum: [...CITATION_FAULTS], description: 'Why the citation was not found.' },
		quoted: { ...string, description: 'What the answer quotes from there, cut.' },
		elsewhere: { ...object(span), description: 'Where the quotation stands instead.' },
	},
);

const passage = object({ ...span, text: string });

const outcome = { enum: ['answered', 'partial', 'cancelled', 'failed'] };

const mode = { enum: [...WAYS], description: 'The mode that it is in, or ended in.' };
const plan = { ...string, description: 'The plan that the mode guided follows.' };

const report = object(
	{
		outcome,
		answer: string,
		citations: list(citation),
		unsupported: {
			...list(object({ sentence: string, terms: texts })),
			description: 'Sentences with figures, quotations or names that occur nowhere in what was read.',
		},
		conflicts: {
			...list(object({ first: passage, second: passage })),
			description: 'Cited passages that say the same with different values.',
		},
		iterations: count,
		calls: count,
		usage: ref('Usage'),
		cost: { type: ['number', 'null'], description: 'USD; null when no price is known.' },
		unpricedCalls: count,
		durationMs: number,
		runId: { ...string, description: 'Id of the execution.' },
		journal: { type: ['string', 'null'] },
	},
	{
		reason: { ...string, description: 'Why the run is partial: the limit that it reached, or answer-now.' },
		mode,
		modeReason: { ...string, description: 'Why in this mode, in a sentence.' },
		plan,
		found: { ...flag, description: 'Of an answered run: false when the answer is that the text does not say.' },
		answerJson: { ...string, description: 'The answer as JSON text, when the code returned a value.' },
		error,
	},
);

const listed = {
	id: string,
	status: { enum: ['running', ...outcome.enum, 'interrupted'] },
	query: string,
	startedAt: time,
};
const counted = { iterations: count, totals: ref('Totals'), lastEvent: { type: 'integer', minimum: -1 } };
const ended = { sessionId: string, endedAt: time, mode, plan };

const execution = object({ ...listed, ...counted }, { ...ended, result: ref('Report') });

const listedExecution = {
	...object(listed, { ...counted, ...ended }),
	description: 'For an execution known only from its journal, the query is cut; GET /executions/{id} has the rest.',
};

const context = object({
	id: string,
	kind: { enum: ['text', 'files', 'json'] },
	label: string,
	bytes: count,
	files: count,
	lines: count,
	leftOut: list(object({ reason: string, count, examples: texts })),
	createdAt: time,
	sessions: texts,
});

const sessionFacts = { id: string, contexts: texts, executions: texts, isBusy: flag, createdAt: time };

const session = object({
	...sessionFacts,
	exchanges: list(object({ question: string, answer: string })),
	memory: { type: 'object' },
});

const sessionSummary = object({ ...sessionFacts, exchangeCount: count, memoryCharacters: count });

const provider = object(
	{
		id: string,
		kind: string,
		url: string,
		roles: texts,
		health: { enum: ['unknown', 'healthy', 'unhealthy'] },
		inFlight: count,
		waiting: count,
		maxConcurrent: count,
	},
	{ models: texts, lastError: string },
);

const status = object({
	status: { enum: ['ok', 'ending'] },
	version: string,
	startedAt: time,
	uptimeMs: number,
	running: list(ref('Execution')),
	sessions: count,
	contexts: object({ count, bytes: count }),
	providers: list(ref('Provider')),
});

const stats = object({
	since: time,
	outcomes: object({ answered: count, partial: count, cancelled: count, failed: count }),
	iterations: count,
	totals: ref('Totals'),
	durationMs: number,
	modes: list(ref('ModeUsage')),
});

const modeUsage = object({
	mode,
	plan: { ...string, description: 'The plan that the mode guided ended with; empty in other modes.' },
	runs: count,
	answered: count,
	partial: count,
	failed: { ...count, description: 'Failed or cancelled.' },
	calls: count,
	tokens: count,
	costUsd: number,
	unpricedCalls: count,
	durationMs: number,
});

const treeNode = object({
	id: string,
	kind: { enum: ['run', 'iteration', 'code', 'call'] },
	status: { enum: ['running', 'done', 'failed', 'partial', 'cancelled'] },
	startedAt: time,
	own: ref('Totals'),
	subtree: ref('Totals'),
	children: list(ref('TreeNode')),
});

/** Schemas of answers, by name. */
export const COMPONENTS = {
	Anything: {},
	Text: string,
	Health: object({ status: { const: 'ok' } }),
	ErrorBody: object({ error }),
	Usage: usage,
	Totals: totals,
	Report: report,
	Execution: execution,
	ListedExecution: listedExecution,
	Executions: object(
		{ executions: list(ref('ListedExecution')) },
		{ next: { ...string, description: 'Pass this as `before` to get the next page.' } },
	),
	Context: context,
	Contexts: object({ contexts: list(ref('Context')) }),
	Session: session,
	SessionSummary: sessionSummary,
	Sessions: object({ sessions: list(ref('SessionSummary')) }),
	Provider: provider,
	Providers: object({ providers: list(ref('Provider')) }),
	Status: status,
	ModeUsage: modeUsage,
	Stats: stats,
	TreeNode: treeNode,
	Tree: object({ id: string, lastEvent: { type: 'integer' }, root: { anyOf: [ref('TreeNode'), { type: 'null' }] } }),
} as const satisfies Record<string, JsonSchema>;

/** Name of an answer's schema. */
export type ComponentName = keyof typeof COMPONENTS;
