import * as v from 'valibot';
import { ERROR_ACTIONS } from '../core/errors.ts';
import type * as events from '../core/events.ts';
import { CITATION_CHECKS, CITATION_FAULTS, type RunEvent } from '../core/events.ts';
import { MODES, WAYS } from '../core/modes.ts';
import { REPLY_CUTS } from '../core/ports/sandbox.ts';

// The shape of every event when read back from a file. `satisfies Entries<…>` makes the compiler reject a field that an
// event has and its schema lacks; the type of `eventSchema` rejects a field of another type.

type Entries<Event> = Record<keyof Event, v.GenericSchema>;

const text = v.string();
const number = v.number();
const flag = v.boolean();

const head = {
	seq: v.pipe(number, v.integer(), v.minValue(0)),
	at: number,
	runId: text,
	nodeId: text,
	parentId: v.exactOptional(text),
};

const category = v.picklist([
	'connect',
	'tls',
	'timeout',
	'server',
	'overloaded',
	'rate-limit',
	'quota',
	'auth',
	'model-not-found',
	'context-overflow',
	'truncated',
	'bad-request',
	'stream-cut',
	'empty',
	'refused',
	'invalid',
	'budget',
	'input',
	'child',
	'cancelled',
]);
/** Version 0.1.0 had a category of its own for an idle connection that the server had closed. */
const failure = v.union([
	category,
	v.pipe(
		v.literal('stale-socket'),
		v.transform(() => 'connect' as const),
	),
]);

const limitName = v.picklist(['iterations', 'calls', 'tokens', 'cost', 'duration', 'errors', 'emptyReplies']);

const usage = v.object({
	promptTokens: number,
	completionTokens: number,
	cachedPromptTokens: v.exactOptional(number),
	cacheWriteTokens: v.exactOptional(number),
	reasoningTokens: v.exactOptional(number),
	isEstimate: flag,
});

/** Tokens and money in events. */
export const totalsSchema = v.object({
	usage,
	costUsd: number,
	unpricedCalls: number,
	calls: number,
} satisfies Entries<events.Totals>);

const spanEntries = { path: text, startLine: number, endLine: number };
const spans = v.array(v.object(spanEntries));

const limits = v.object({
	iterations: number,
	depth: number,
	callsPerCell: number,
	calls: number,
	tokens: number,
	costUsd: number,
	durationMs: number,
	cellMs: number,
	consecutiveErrors: number,
	emptyReplies: number,
	concurrency: number,
	outputCharacters: number,
	contextBytes: number,
} satisfies Entries<events.Limits>);

const leftOut = v.object({
	reason: v.picklist(['ignored', 'secret', 'binary', 'unreadable', 'not-utf8', 'over-limit']),
	count: number,
	examples: v.array(text),
});

const contextSummary = v.object({
	kind: v.picklist(['text', 'files', 'json']),
	label: text,
	bytes: number,
	lines: number,
	files: number,
	leftOut: v.array(leftOut),
} satisfies Entries<events.ContextSummary>);

const eventError = v.object({
	code: text,
	message: text,
	hint: v.exactOptional(text),
	actions: v.array(v.picklist(ERROR_ACTIONS)),
} satisfies Entries<events.EventError>);

const runStart = v.object({
	...head,
	type: v.literal('run-start'),
	query: text,
	contexts: v.array(contextSummary),
	depth: number,
	limits,
	rootModel: text,
	rootServer: text,
	subModel: text,
	subServer: text,
	isBuiltin: flag,
	profile: text,
	mode: v.exactOptional(v.picklist(MODES)),
} satisfies Entries<events.RunStart>);

const way = v.picklist(WAYS);

const modeReason = v.variant('kind', [
	v.object({
		kind: v.picklist([
			'asked',
			'computed',
			'each-record',
			'small-model',
			'value',
			'child',
			'voter',
			'builtin',
			'no-sandbox',
		]),
	}),
	v.object({ kind: v.picklist(['fits', 'too-large']), tokens: number }),
	v.object({ kind: v.literal('led-nowhere'), from: way }),
]);

const modeStart = v.object({
	...head,
	type: v.literal('mode-start'),
	mode: way,
	reason: modeReason,
} satisfies Entries<events.ModeStart>);

const planStart = v.object({
	...head,
	type: v.literal('plan-start'),
	plan: text,
	about: text,
} satisfies Entries<events.PlanStart>);

const citation = v.object({
	...spanEntries,
	quote: text,
	// Before citations were checked, only places that exist were kept.
	check: v.exactOptional(v.picklist(CITATION_CHECKS), 'place'),
	fault: v.exactOptional(v.picklist(CITATION_FAULTS)),
	quoted: v.exactOptional(text),
	elsewhere: v.exactOptional(v.object(spanEntries)),
} satisfies Entries<events.Citation>);

const passage = v.object({ ...spanEntries, text } satisfies Entries<events.Passage>);

const runEnd = v.object({
	...head,
	type: v.literal('run-end'),
	outcome: v.picklist(['answered', 'partial', 'cancelled', 'failed']),
	reason: v.exactOptional(v.union([limitName, v.literal('answer-now')])),
	answer: text,
	answerJson: v.exactOptional(text),
	found: v.exactOptional(flag),
	citations: v.array(citation),
	unsupported: v.exactOptional(
		v.array(v.object({ sentence: text, terms: v.array(text) } satisfies Entries<events.UnsupportedSentence>)),
	),
	conflicts: v.exactOptional(v.array(v.object({ first: passage, second: passage } satisfies Entries<events.Conflict>))),
	iterations: number,
	mode: v.exactOptional(way),
	totals: totalsSchema,
	durationMs: number,
	error: v.exactOptional(eventError),
} satisfies Entries<events.RunEnd>);

const iterationStart = v.object({
	...head,
	type: v.literal('iteration-start'),
	index: number,
	isSalvage: flag,
	messages: v.array(v.object({ role: text, content: text })),
} satisfies Entries<events.IterationStart>);

const iterationEnd = v.object({
	...head,
	type: v.literal('iteration-end'),
	index: number,
	own: totalsSchema,
	subtree: totalsSchema,
	durationMs: number,
} satisfies Entries<events.IterationEnd>);

const messageDelta = v.object({
	...head,
	type: v.literal('message-delta'),
	text,
	channel: v.picklist(['text', 'reasoning']),
} satisfies Entries<events.MessageDelta>);

const messageEnd = v.object({
	...head,
	type: v.literal('message-end'),
	text,
	reasoning: text,
	finishReason: v.picklist(['stop', 'length', 'refusal']),
	usage,
	costUsd: v.exactOptional(number),
	server: text,
	model: text,
	attempts: number,
	queueMs: number,
	firstTokenMs: number,
	durationMs: number,
} satisfies Entries<events.MessageEnd>);

const codeStart = v.object({
	...head,
	type: v.literal('code-start'),
	code: text,
} satisfies Entries<events.CodeStart>);

const outputDelta = v.object({
	...head,
	type: v.literal('output-delta'),
	stream: v.picklist(['stdout', 'stderr']),
	text,
} satisfies Entries<events.OutputDelta>);

const cellError = v.object({
	type: text,
	message: text,
	traceback: text,
	line: v.exactOptional(number),
	hint: v.exactOptional(text),
});

const codeEnd = v.object({
	...head,
	type: v.literal('code-end'),
	stdout: text,
	stderr: text,
	echo: v.exactOptional(text),
	error: v.exactOptional(cellError),
	changed: v.array(v.object({ name: text, type: text, size: v.exactOptional(number) })),
	spans,
	durationMs: number,
} satisfies Entries<events.CodeEnd>);

const callStart = v.object({
	...head,
	type: v.literal('call-start'),
	kind: v.picklist(['llm', 'rlm']),
	prompt: text,
	preview: text,
	model: v.exactOptional(text),
	system: v.exactOptional(text),
	options: v.exactOptional(
		v.object({
			temperature: v.exactOptional(number),
			maxTokens: v.exactOptional(number),
			stop: v.exactOptional(v.array(text)),
			form: v.exactOptional(text),
			repair: v.exactOptional(number),
		}),
	),
	spans,
} satisfies Entries<events.CallStart>);

const callEnd = v.object({
	...head,
	type: v.literal('call-end'),
	status: v.picklist(['done', 'memo', 'failed', 'refused', 'cancelled']),
	reply: text,
	failure: v.exactOptional(failure),
	cut: v.exactOptional(v.picklist(REPLY_CUTS)),
	usage: v.exactOptional(usage),
	costUsd: v.exactOptional(number),
	server: v.exactOptional(text),
	model: v.exactOptional(text),
	attempts: number,
	queueMs: number,
	durationMs: number,
} satisfies Entries<events.CallEnd>);

const nextStep = v.variant('kind', [
	v.object({ kind: v.literal('retry'), afterMs: number }),
	v.object({ kind: v.literal('other-server'), server: text }),
	v.object({ kind: v.literal('give-up') }),
]);

const attemptFailed = v.object({
	...head,
	type: v.literal('attempt-failed'),
	server: text,
	category: failure,
	message: text,
	restartsReply: flag,
	next: nextStep,
} satisfies Entries<events.AttemptFailed>);

const attemptLost = v.object({
	...head,
	type: v.literal('attempt-lost'),
	server: text,
	model: text,
	usage,
	costUsd: v.exactOptional(number),
} satisfies Entries<events.AttemptLost>);

const compaction = v.object({
	...head,
	type: v.literal('compaction'),
	messagesBefore: number,
	tokensBefore: number,
	tokensAfter: number,
	summary: text,
	call: v.exactOptional(
		v.object({ usage, costUsd: v.exactOptional(number), server: text, model: text, durationMs: number }),
	),
} satisfies Entries<events.Compaction>);

const notice = v.object({
	...head,
	type: v.literal('notice'),
	audience: v.picklist(['model', 'user']),
	text,
} satisfies Entries<events.Notice>);

const budgetWarning = v.object({
	...head,
	type: v.literal('budget-warning'),
	limit: limitName,
	used: number,
	max: number,
} satisfies Entries<events.BudgetWarning>);

/** Validates one event read from outside. */
export const eventSchema: v.GenericSchema<unknown, RunEvent> = v.variant('type', [
	runStart,
	runEnd,
	modeStart,
	planStart,
	iterationStart,
	iterationEnd,
	messageDelta,
	messageEnd,
	codeStart,
	outputDelta,
	codeEnd,
	callStart,
	callEnd,
	attemptFailed,
	attemptLost,
	compaction,
	notice,
	budgetWarning,
]);
