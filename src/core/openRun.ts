import { SubCalls } from './calls.ts';
import { childStarter } from './childRun.ts';
import { summarise } from './contextSummary.ts';
import { InputError } from './errors.ts';
import type { ContextSummary, Limits } from './events.ts';
import type { ModelDescription, ModelOffer } from './ports/model.ts';
import { type Frame, ownFrame } from './prompt/frame.ts';
import { firstMessage, iterationNote } from './prompt/messages.ts';
import { MEASURE_CONTEXT, officialFrame } from './prompt/official.ts';
import { chooseProfile, type PromptProfile } from './prompt/profiles.ts';
import { type Sample, sampleOf } from './prompt/sample.ts';
import { systemPrompt } from './prompt/systemPrompt.ts';
import { Repeats } from './repeats.ts';
import { checkQuestion, type RunDeps, type RunRequest } from './request.ts';
import { type RunRepl, runRepl } from './runRepl.ts';
import { head, type Progress, payerOf, type RunPlace, type RunState, type Shared } from './runState.ts';
import { Spending } from './totals.ts';
import { Transcript } from './transcript.ts';

/** What a run knows before its first message. */
interface RunFacts {
	readonly request: RunRequest;
	readonly place: RunPlace;
	readonly root: ModelDescription;
	readonly sub: ModelDescription;
	readonly profile: PromptProfile;
	readonly limits: Limits;
	readonly contexts: readonly ContextSummary[];
}

/** Selects the models and writes the first messages. */
export async function openRun(
	request: RunRequest,
	shared: Shared,
	place: RunPlace,
	signal: AbortSignal,
): Promise<RunState> {
	// The question of a child run is a prompt, which has bounds of its own.
	if (place.depth === 0) checkQuestion(request);
	const { deps, stop, deadline } = shared;
	const work = AbortSignal.any([signal, stop]);
	const [root, sub] = await Promise.all([
		deps.models.describe('root', request.rootModel, work),
		deps.models.describe('sub', request.subModel, work),
	]);
	const profile = chooseProfile(root, request.profile);
	const limits = limitsOf(request.limits, profile);
	const facts: RunFacts = { request, place, root, sub, profile, limits, contexts: request.contexts.map(summarise) };
	announce(facts, shared);
	const spending = new Spending();
	const calls = subCalls(facts, shared, spending);
	const progress = noProgress();
	const repl = runRepl(request, deps.sandboxes, calls, progress.notes, signal);
	const corpus = deps.readCorpus(request.contexts);
	const sample = sampleOf(request.contexts, corpus);
	const frame = await frameOf(facts, sample, deps, repl, work);
	return {
		request,
		shared,
		place,
		limits,
		root,
		sub,
		profile,
		frame,
		transcript: new Transcript(frame),
		sample,
		calls,
		corpus,
		progress,
		spending,
		signal,
		work,
		ending: AbortSignal.any([signal, deadline]),
		...repl,
	};
}

/** The limits of this run: no more iterations than the model was trained for. */
function limitsOf(limits: Limits, { mostIterations }: PromptProfile): Limits {
	return { ...limits, iterations: Math.min(limits.iterations, mostIterations ?? Number.POSITIVE_INFINITY) };
}

async function frameOf(
	facts: RunFacts,
	sample: Sample,
	deps: RunDeps,
	repl: RunRepl,
	signal: AbortSignal,
): Promise<Frame> {
	const { request, profile, limits, contexts } = facts;
	if (profile.isOfficial) return officialFrameOf(facts, deps, repl, signal);
	const first = firstMessage(request.query, contexts, sample, iterationNote(1, limits), request.earlier);
	return ownFrame(systemMessage(facts, deps.models.offers('sub')), first, limits);
}

/** The official frame counts the context as Python does, so Python counts it. */
async function officialFrameOf(facts: RunFacts, deps: RunDeps, repl: RunRepl, signal: AbortSignal): Promise<Frame> {
	const { request, limits } = facts;
	const format = await deps.officialFormat();
	const sandbox = await repl.sandbox();
	const measure = { timeoutMs: limits.cellMs, outputCharacters: limits.outputCharacters };
	const { stdout, error } = await sandbox.execute(MEASURE_CONTEXT, measure, () => {}, signal);
	const [type = '', characters = ''] = stdout.trim().split(' ');
	if (error) throw new InputError(`the context cannot be measured: ${error.message}`);
	return officialFrame(format, {
		question: request.query,
		context: { type, characters: Number(characters) },
		contexts: request.contexts.length,
		histories: request.histories?.length ?? 0,
		turns: limits.iterations,
	});
}

function announce({ request, place, root, sub, profile, limits, contexts }: RunFacts, { emitter }: Shared): void {
	emitter.emit({
		type: 'run-start',
		...head(place),
		query: request.query,
		contexts,
		depth: place.depth,
		limits,
		rootModel: root.model,
		rootServer: root.server,
		subModel: sub.model,
		subServer: sub.server,
		isBuiltin: root.isBuiltin,
		profile: profile.name,
		mode: request.mode ?? 'explore',
	});
}

function canRecurse({ request, place }: RunFacts): boolean {
	return place.depth + 1 < request.limits.depth;
}

function subCalls(facts: RunFacts, shared: Shared, spending: Spending): SubCalls {
	const { request, place, sub } = facts;
	const { deps, emitter } = shared;
	return new SubCalls({
		runId: place.runId,
		payer: payerOf(place),
		models: deps.models,
		subModel: sub,
		modelName: request.subModel,
		budget: shared.budget,
		emitter,
		createNodeId: shared.createNodeId,
		now: deps.now,
		places: shared.places,
		texts: shared.texts,
		pace: shared.pace,
		spend: (totals) => spending.addBelow(totals),
		startChild: canRecurse(facts) ? childStarter(request, shared, place) : undefined,
		isMemoised: request.memo ?? false,
		json: deps.json,
	});
}

function systemMessage(facts: RunFacts, offers: readonly ModelOffer[]): string {
	const { request, profile, limits, contexts, sub } = facts;
	return systemPrompt({
		profile,
		contexts,
		histories: request.histories?.length ?? 0,
		subModel: sub,
		offers,
		limits,
		canRecurse: canRecurse(facts),
		tools: request.tools ?? {},
		outputFields: request.outputFields,
		outputDescription: request.output?.description,
	});
}

function noProgress(): Progress {
	return {
		mode: undefined,
		iterations: 0,
		cells: 0,
		consecutiveErrors: 0,
		emptyReplies: 0,
		wasRefusedBlind: false,
		refusals: 0,
		refused: undefined,
		hasLooked: false,
		haveCallsFailed: false,
		lacksSandbox: false,
		repeats: new Repeats(),
		last: undefined,
		changed: new Map(),
		isCutShort: false,
		evidence: [],
		tried: [],
		notes: [],
	};
}
