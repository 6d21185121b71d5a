import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { reasonOf } from '../../src/core/errors.ts';

const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'));
const amount = v.pipe(v.number(), v.minValue(0, 'must not be negative'));
const positive = v.pipe(v.number(), v.gtValue(0, 'must be greater than 0'));
const share = v.pipe(v.number(), v.minValue(0, 'must be from 0 to 1'), v.maxValue(1, 'must be from 0 to 1'));
const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const cloudUse = v.picklist(['never', 'overflow', 'balanced', 'fastest']);
const tokenCount = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0, 'must not be negative'));
/** A number, or a range from which each call draws. */
const tokens = v.union(
	[tokenCount, v.strictTuple([tokenCount, tokenCount])],
	'must be a whole number or a range [from, to]',
);

const period = { from: v.optional(amount, 0), to: v.optional(positive, Number.POSITIVE_INFINITY) };

const faultSchema = v.variant('kind', [
	v.strictObject({ kind: v.literal('down'), ...period }),
	v.strictObject({ kind: v.literal('flap'), ...period, downSeconds: positive, upSeconds: positive }),
	v.strictObject({ kind: v.literal('slow'), ...period, factor: positive }),
	v.strictObject({ kind: v.literal('refuse'), ...period, retryAfterSeconds: v.exactOptional(positive) }),
	v.strictObject({ kind: v.literal('error'), ...period, share }),
	v.strictObject({ kind: v.literal('cut'), ...period, share }),
	v.strictObject({ kind: v.literal('stall'), ...period, share }),
]);

const serverSchema = v.strictObject({
	id: text,
	slots: count,
	promptSpeed: positive,
	completionSpeed: positive,
	loadSeconds: v.optional(amount, 0),
	models: v.optional(v.array(text), ['small']),
	resident: v.optional(v.array(text), []),
	maxResident: v.optional(count, 1),
	maxPrefixes: v.exactOptional(count),
	beyondSlots: v.optional(v.picklist(['refuse', 'queue']), 'refuse'),
	sharing: v.optional(amount, 0),
	abortLagSeconds: v.optional(amount, 0),
	maxConcurrent: v.exactOptional(count),
	priority: v.exactOptional(v.number()),
	roles: v.optional(v.array(v.picklist(['root', 'sub'])), ['root', 'sub']),
	price: v.exactOptional(v.strictObject({ promptUsd: amount, completionUsd: amount })),
	faults: v.optional(v.array(faultSchema), []),
});

const common = {
	run: text,
	at: v.optional(amount, 0),
	model: v.optional(text, 'small'),
	promptTokens: tokens,
	completionTokens: tokens,
};
const rootCall = v.strictObject({
	model: v.optional(text, 'small'),
	promptTokens: tokens,
	growthTokens: v.optional(tokens, 1),
	completionTokens: tokens,
});

const loadSchema = v.variant('kind', [
	v.strictObject({ kind: v.literal('batch'), ...common, calls: count }),
	v.strictObject({ kind: v.literal('poisson'), ...common, calls: count, perMinute: positive }),
	v.strictObject({ kind: v.literal('rounds'), ...common, rounds: count, calls: count, root: rootCall }),
	v.strictObject({
		kind: v.literal('conversations'),
		run: text,
		at: v.optional(amount, 0),
		count: v.optional(count, 1),
		turns: count,
		pauseSeconds: v.optional(amount, 0),
		...rootCall.entries,
	}),
]);

const targetsSchema = v.strictObject({
	makespanToBound: v.exactOptional(positive),
	rootWaitToService: v.exactOptional(positive),
	jain: v.exactOptional(share),
	prefixHits: v.exactOptional(share),
	wastedShare: v.exactOptional(share),
	attemptsPerJob: v.exactOptional(positive),
	failed: v.exactOptional(amount),
	loads: v.exactOptional(amount),
	usd: v.exactOptional(amount),
});

/** What differs from the rest of the scenario. */
const caseSchema = v.strictObject({
	calls: v.exactOptional(count),
	cloudUse: v.exactOptional(cloudUse),
	hedging: v.exactOptional(v.boolean()),
	targets: v.exactOptional(targetsSchema),
});

const scenarioSchema = v.strictObject({
	name: text,
	about: text,
	seeds: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer('must be a whole number'))), v.minLength(1)), [1]),
	servers: v.pipe(v.array(serverSchema), v.minLength(1, 'needs at least one server')),
	load: v.pipe(v.array(loadSchema), v.minLength(1, 'needs at least one entry')),
	cases: v.exactOptional(v.pipe(v.array(caseSchema), v.minLength(1, 'needs at least one case'))),
	warmUp: v.exactOptional(
		v.strictObject({ calls: count, promptTokens: tokens, completionTokens: tokens, model: text }),
	),
	cancel: v.optional(v.array(v.strictObject({ run: text, at: amount })), []),
	idleSeconds: v.optional(positive, 120),
	cloudUse: v.optional(cloudUse, 'balanced'),
	hedging: v.optional(v.boolean(), false),
	targets: v.optional(targetsSchema, {}),
});

/** A scenario of the bench; README.md of this folder tells the fields. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;
export type ServerModel = Scenario['servers'][number];
export type Fault = ServerModel['faults'][number];
export type Case = NonNullable<Scenario['cases']>[number];
export type Load = Scenario['load'][number];
export type Targets = v.InferOutput<typeof targetsSchema>;
export type TokenRange = v.InferOutput<typeof tokens>;

/** A scenario file is wrong; the message names file, field and what was expected. */
export class ScenarioError extends Error {}

/** @throws ScenarioError */
export function readScenario(file: string): Scenario {
	let value: unknown;
	try {
		value = JSON.parse(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new ScenarioError(`${file}: ${reasonOf(error)}`);
	}
	return parseScenario(value, file);
}

/** @param where for messages @throws ScenarioError */
export function parseScenario(value: unknown, where: string): Scenario {
	const result = v.safeParse(scenarioSchema, value);
	if (!result.success) {
		const issue = result.issues[0];
		throw new ScenarioError(`${where}: ${v.getDotPath(issue) ?? 'the scenario'}: ${textOf(issue)}`);
	}
	const scenario = result.output;
	const problem = contradiction(scenario);
	if (problem) throw new ScenarioError(`${where}: ${problem}`);
	return scenario;
}

function textOf({ type, received, message }: v.InferIssue<typeof scenarioSchema>): string {
	if (type !== 'strict_object') return message;
	if (received === 'undefined') return 'is missing';
	return message.includes('Expected never') ? 'there is no such field' : message;
}

/** Whether calls at a server cost money. */
export function isPaid({ price }: ServerModel): boolean {
	return price !== undefined && price.promptUsd + price.completionUsd > 0;
}

/** What the schema cannot see. */
function contradiction(scenario: Scenario): string | undefined {
	const { servers, cancel, warmUp } = scenario;
	const ids = servers.map(({ id }) => id);
	const double = ids.find((id, index) => ids.indexOf(id) < index);
	if (double) return `servers: two have the id "${double}"`;
	const unserved = unservedLoad(scenario);
	if (unserved) return unserved;
	if (warmUp && servers.some(({ faults }) => faults.length > 0)) return 'warmUp: times of faults would have no meaning';
	const runs = new Set(scenario.load.flatMap(runsOf));
	const unknown = cancel.find(({ run }) => !runs.has(run));
	if (unknown) return `cancel: there is no run "${unknown.run}"`;
	for (const { id, faults } of servers) {
		const reversed = faults.find(({ from, to }) => to <= from);
		if (reversed) return `servers: "${id}": the fault "${reversed.kind}" ends before it begins`;
	}
	return undefined;
}

/** Names by which a load can be cancelled: its own, and those of its conversations, each of which is a run. */
function runsOf(load: Load): readonly string[] {
	if (load.kind !== 'conversations' || load.count === 1) return [load.run];
	return [load.run, ...Array.from({ length: load.count }, (_, index) => conversationRun(load.run, index))];
}

/** The run of one of several conversations. */
export function conversationRun(load: string, index: number): string {
	return `${load}-${index + 1}`;
}

/** Calls that no server would ever be given. */
function unservedLoad({ servers, load, warmUp, cloudUse, cases = [{}] }: Scenario): string | undefined {
	const needs = load.flatMap((entry, index) => needsOf(entry).map((need) => ({ ...need, where: `load.${index}` })));
	if (warmUp) needs.push({ role: 'sub', model: warmUp.model, where: 'warmUp' });
	const isFreeOnly = cases.some((entry) => (entry.cloudUse ?? cloudUse) === 'never');
	for (const { role, model, where } of needs) {
		const able = servers.filter(({ roles, models }) => roles.includes(role) && models.includes(model));
		if (able.length === 0) return `${where}: no server has the model "${model}" and the role "${role}"`;
		if (!isFreeOnly || !able.every(isPaid)) continue;
		return `${where}: every server with the model "${model}" and the role "${role}" has a price, and cloudUse is "never"`;
	}
	return undefined;
}

function needsOf(load: Load): readonly { readonly role: 'root' | 'sub'; readonly model: string }[] {
	if (load.kind === 'conversations') return [{ role: 'root', model: load.model }];
	const sub = { role: 'sub', model: load.model } as const;
	return load.kind === 'rounds' ? [sub, { role: 'root', model: load.root.model }] : [sub];
}
