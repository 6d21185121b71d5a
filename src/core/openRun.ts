import { SubCalls } from './calls.ts';
import { childStarter } from './childRun.ts';
import { summarise } from './contextSummary.ts';
import type { ContextSummary } from './events.ts';
import type { ModelDescription, ModelOffer } from './ports/model.ts';
import { firstMessage, iterationNote } from './prompt/messages.ts';
import { chooseProfile, type PromptProfile } from './prompt/profiles.ts';
import { systemPrompt } from './prompt/systemPrompt.ts';
import { checkQuestion, type RunRequest } from './request.ts';
import { runRepl } from './runRepl.ts';
import { head, type Progress, type RunPlace, type RunState, type Shared } from './runState.ts';
import { Spending } from './totals.ts';
import { Transcript } from './transcript.ts';

/** What a run knows before its first message. */
interface RunFacts {
	readonly request: RunRequest;
	readonly place: RunPlace;
	readonly root: ModelDescription;
	readonly sub: ModelDescription;
	readonly profile: PromptProfile;
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
	const facts: RunFacts = { request, place, root, sub, profile, contexts: request.contexts.map(summarise) };
	announce(facts, shared);
	const spending = new Spending();
	const calls = subCalls(facts, shared, spending);
	const progress = noProgress();
	const first = firstMessage(request.query, facts.contexts, iterationNote(1, request.limits), request.earlier);
	return {
		request,
		shared,
		place,
		limits: request.limits,
		root,
		profile,
		transcript: new Transcript(systemMessage(facts, deps.models.offers('sub')), first),
		firstMessage: first,
		calls,
		corpus: deps.readCorpus(request.contexts),
		progress,
		spending,
		signal,
		work,
		ending: AbortSignal.any([signal, deadline]),
		...runRepl(request, deps.sandboxes, calls, progress.notes, signal),
	};
}

function announce({ request, place, root, sub, profile, contexts }: RunFacts, { emitter }: Shared): void {
	emitter.emit({
		type: 'run-start',
		...head(place),
		query: request.query,
		contexts,
		depth: place.depth,
		limits: request.limits,
		rootModel: root.model,
		rootServer: root.server,
		subModel: sub.model,
		subServer: sub.server,
		isBuiltin: root.isBuiltin,
		profile: profile.name,
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
	});
}

function systemMessage(facts: RunFacts, offers: readonly ModelOffer[]): string {
	const { request, profile, contexts, sub } = facts;
	return systemPrompt({
		profile,
		contexts,
		histories: request.histories?.length ?? 0,
		subModel: sub,
		offers,
		limits: request.limits,
		canRecurse: canRecurse(facts),
		tools: request.tools ?? {},
		outputFields: request.outputFields,
		outputDescription: request.output?.description,
	});
}

function noProgress(): Progress {
	return {
		iterations: 0,
		cells: 0,
		consecutiveErrors: 0,
		emptyReplies: 0,
		wasRefusedBlind: false,
		last: undefined,
		changed: new Map(),
		notes: [],
	};
}
