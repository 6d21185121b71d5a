import type { Budget } from './budget.ts';
import { type ChildReply, SubCalls } from './calls.ts';
import type { Emitter } from './emitter.ts';
import type { ContextSummary, Limits, RunEnd, Totals } from './events.ts';
import type { Context, CorpusReader } from './ports/context.ts';
import type { ModelDescription, ModelPort } from './ports/model.ts';
import type {
	CellResult,
	ChangedVariable,
	HostTool,
	OutputField,
	ReplSource,
	Sandbox,
	SandboxFactory,
	SandboxOptions,
	SubQuery,
} from './ports/sandbox.ts';
import { present } from './present.ts';
import { chooseProfile, firstMessage, type PromptProfile, systemPrompt, turnNote } from './prompt/prompt.ts';
import type { Semaphore } from './semaphore.ts';
import { NO_TOTALS } from './totals.ts';
import { Transcript } from './transcript.ts';

/** Checks an answer that was handed in as a value, for example against a JSON schema. */
export interface AnswerValidator {
	/** What the answer must be, for the system prompt. */
	readonly description: string;
	/**
	 * The problem in one sentence that names the field, or undefined when the value fits.
	 * @param answer JSON text @throws CancelledError
	 */
	check(answer: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A question and what to ask it about. */
export interface RunRequest {
	/** Id of the run where its host speaks of it before it begins; made when absent. Unique among all runs. */
	readonly runId?: string;
	readonly query: string;
	readonly contexts: readonly Context[];
	/** Earlier conversations, each as JSON text of a list of messages. */
	readonly histories?: readonly string[];
	/** JSON text of the `memory` dict. */
	readonly memory?: string;
	readonly limits: Limits;
	readonly rootModel?: string;
	readonly subModel?: string;
	readonly tools?: Readonly<Record<string, HostTool>>;
	readonly outputFields?: readonly OutputField[];
	readonly output?: AnswerValidator;
	/** Identical sub-calls of the run are answered once. */
	readonly memo?: boolean;
	/** Name of a prompt profile; chosen by the model's name and window when absent. */
	readonly profile?: string;
	/**
	 * When the whole context is at most so many tokens, one direct call answers the question without a REPL.
	 * 0: never; absent: never, but the user is told when it would be possible.
	 */
	readonly directBelowTokens?: number;
	/** The REPL of a conversation; absent: one of its own, which ends with the run. */
	readonly repl?: ReplSource;
	/** What was said before in the conversation and what the REPL holds of it, for the first message. */
	readonly earlier?: string;
}

/** What the engine needs from the world. */
export interface RunDeps {
	readonly models: ModelPort;
	readonly sandboxes: SandboxFactory;
	/** Reads the texts of contexts, for citations and direct calls. */
	readonly readCorpus: (contexts: readonly Context[]) => CorpusReader;
	/** Makes the context of a child run from a text. */
	readonly textContext: (label: string, text: string) => Promise<Context>;
	/** ms since the epoch. */
	readonly now: () => number;
	/** A new id, unique among all runs. */
	readonly createId: () => string;
}

/** How a run ended: what its last event says. */
export type RunResult = Omit<RunEnd, 'type' | 'seq' | 'at' | 'nodeId' | 'parentId'> & {
	/** The `memory` dict as JSON text, to be given to the next run of the session. */
	readonly memory?: string;
};

/** What all runs of one tree share. */
export interface Shared {
	readonly deps: RunDeps;
	readonly emitter: Emitter;
	readonly budget: Budget;
	/** Places for sub-calls in flight. */
	readonly places: Semaphore;
	/** Fires when ordinary work has to stop but an answer may still be given. */
	readonly stop: AbortSignal;
	/** Fires when the time of the whole tree is up, the forced answer turn included. */
	readonly deadline: AbortSignal;
	readonly createNodeId: () => string;
	readonly runChild: (request: RunRequest, shared: Shared, place: RunPlace, signal: AbortSignal) => Promise<RunResult>;
}

/** Where a run stands in the tree. */
export interface RunPlace {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string | undefined;
	readonly depth: number;
}

/** What a run knows of its own progress. */
export interface Progress {
	iterations: number;
	cells: number;
	consecutiveErrors: number;
	emptyReplies: number;
	/** True once an answer was refused because nothing had been looked at. */
	wasRefusedBlind: boolean;
	totals: Totals;
	/** The newest result of a cell: citations, the answer so far. */
	last: CellResult | undefined;
	/** Variables that cells changed, the newest last. */
	readonly changed: Map<string, ChangedVariable>;
	/** Sentences for the model that wait for the end of its turn. */
	readonly notes: string[];
}

/** One run under way. */
export interface RunState {
	readonly request: RunRequest;
	readonly shared: Shared;
	readonly place: RunPlace;
	readonly limits: Limits;
	readonly root: ModelDescription;
	readonly profile: PromptProfile;
	readonly transcript: Transcript;
	readonly firstMessage: string;
	readonly calls: SubCalls;
	readonly corpus: CorpusReader;
	readonly progress: Progress;
	/** Cancels the run. */
	readonly signal: AbortSignal;
	/** Ends ordinary work: cancelled, time is up, or the user wants the answer now. */
	readonly work: AbortSignal;
	/** Ends what may still be done after ordinary work: cancelled, or the very last moment is over. */
	readonly ending: AbortSignal;
	/** The REPL; started when it is first asked for. */
	sandbox(): Promise<Sandbox>;
	close(): Promise<void>;
}

/** Finds the models and writes the first messages. */
export async function openRun(
	request: RunRequest,
	shared: Shared,
	place: RunPlace,
	signal: AbortSignal,
): Promise<RunState> {
	const { deps, emitter, stop, deadline } = shared;
	const work = AbortSignal.any([signal, stop]);
	const [root, sub] = await Promise.all([
		deps.models.describe('root', request.rootModel, work),
		deps.models.describe('sub', request.subModel, work),
	]);
	const profile = chooseProfile(root, request.profile);
	const summaries = request.contexts.map(summarise);
	const canRecurse = place.depth + 1 < request.limits.depth;
	emitter.emit({
		type: 'run-start',
		...head(place),
		query: request.query,
		contexts: summaries,
		depth: place.depth,
		limits: request.limits,
		rootModel: root.model,
		rootServer: root.server,
		subModel: sub.model,
		subServer: sub.server,
		isBuiltin: root.isBuiltin,
		profile: profile.name,
	});
	const calls = new SubCalls({
		runId: place.runId,
		models: deps.models,
		subModel: sub,
		modelName: request.subModel,
		budget: shared.budget,
		emitter,
		createNodeId: shared.createNodeId,
		now: deps.now,
		places: shared.places,
		startChild: canRecurse ? childStarter(request, shared, place) : undefined,
		isMemoised: request.memo ?? false,
	});
	const first = firstMessage(request.query, summaries, turnNote(1, request.limits), request.earlier);
	const system = systemPrompt({
		profile,
		contexts: summaries,
		histories: request.histories?.length ?? 0,
		subModel: sub,
		limits: request.limits,
		canRecurse,
		tools: request.tools ?? {},
		outputFields: request.outputFields,
		outputDescription: request.output?.description,
	});
	const repl = request.repl ?? ownRepl(deps.sandboxes);
	const notes: string[] = [];
	let sandbox: Promise<Sandbox> | undefined;
	return {
		request,
		shared,
		place,
		limits: request.limits,
		root,
		profile,
		transcript: new Transcript(system, first),
		firstMessage: first,
		calls,
		corpus: deps.readCorpus(request.contexts),
		progress: {
			iterations: 0,
			cells: 0,
			consecutiveErrors: 0,
			emptyReplies: 0,
			wasRefusedBlind: false,
			totals: NO_TOTALS,
			last: undefined,
			changed: new Map(),
			notes,
		},
		signal,
		work,
		ending: AbortSignal.any([signal, deadline]),
		sandbox() {
			sandbox ??= startSandbox(request, repl, calls, notes, signal);
			return sandbox;
		},
		close: () => closeSandbox(repl, sandbox),
	};
}

/** The part of an event that says which run it is about. */
export function head(place: RunPlace): { runId: string; nodeId: string; parentId?: string } {
	const { runId, nodeId, parentId } = place;
	return parentId === undefined ? { runId, nodeId } : { runId, nodeId, parentId };
}

/** A REPL that lives as long as the run. */
function ownRepl(sandboxes: SandboxFactory): ReplSource {
	return {
		open: async (options, signal) => ({ sandbox: await sandboxes.create(options, signal) }),
		close: (sandbox) => sandbox.dispose(),
	};
}

function startSandbox(
	request: RunRequest,
	repl: ReplSource,
	host: SubCalls,
	notes: string[],
	signal: AbortSignal,
): Promise<Sandbox> {
	const options: SandboxOptions = present({
		contexts: request.contexts,
		histories: request.histories ?? [],
		memory: request.memory,
		tools: request.tools ?? {},
		outputFields: request.outputFields,
		memoryBytes: interpreterMemory(request.contexts),
		host,
	});
	const opened = repl.open(options, signal).then(({ sandbox, notice }) => {
		if (notice !== undefined) notes.push(notice);
		return sandbox;
	});
	opened.catch(() => {}); // reported where it is first needed
	return opened;
}

async function closeSandbox(repl: ReplSource, sandbox: Promise<Sandbox> | undefined): Promise<void> {
	const started = await sandbox?.catch(() => undefined);
	if (started) await repl.close(started);
}

/** Room for the texts in Python's widest representation and for work on them; 32-bit memory ends below 4 GiB. Bytes. */
function interpreterMemory(contexts: readonly Context[]): number {
	const bytes = contexts.reduce((sum, context) => sum + summarise(context).bytes, 0);
	return Math.min(Math.max(1 << 30, bytes * 4 + (256 << 20)), 4 * (1 << 30) - 65_536);
}

function summarise(context: Context): ContextSummary {
	const { kind, label } = context;
	if (context.kind === 'json') return { kind, label, bytes: context.json.length, lines: 1, files: 0, leftOut: [] };
	const total = (measure: (file: { length: number; lineCount: number }) => number) =>
		context.files.reduce((sum, file) => sum + measure(file), 0);
	return {
		kind,
		label,
		bytes: total((file) => file.length),
		lines: total((file) => file.lineCount),
		files: context.files.length,
		leftOut: context.leftOut,
	};
}

/** A child run asks the same models about its own question, over its own text or over the parent's corpus. */
function childStarter(request: RunRequest, shared: Shared, parent: RunPlace) {
	return async (query: SubQuery, nodeId: string, signal: AbortSignal): Promise<ChildReply> => {
		const { histories: _, memory: _memory, outputFields: _fields, output: _output, ...shareable } = request;
		const { runId: _id, repl: _repl, earlier: _earlier, ...inherited } = shareable;
		const { textContext } = shared.deps;
		const contexts =
			query.context === undefined
				? request.contexts
				: [await textContext('text given by the parent run', query.context)];
		const child: RunRequest = {
			...inherited,
			query: query.prompt,
			contexts,
			...present({ rootModel: query.model }),
		};
		const runId = shared.deps.createId();
		const result = await shared.runChild(
			child,
			shared,
			{ runId, nodeId: runId, parentId: nodeId, depth: parent.depth + 1 },
			signal,
		);
		if (result.answer !== '') return { text: result.answer, totals: result.totals };
		const why = result.error?.message ?? `it ended without an answer (${result.reason ?? result.outcome})`;
		return { text: `the child run gave no answer: ${why}`, failure: 'child', totals: result.totals };
	};
}
