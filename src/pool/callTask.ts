import { CancelledError, ModelError, NoServerError } from '../core/errors.ts';
import type { CallObserver, ChatRequest, ModelCall, ModelReply, NextStep, Usage } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { INITIAL_CHARACTERS_PER_TOKEN, type TokenEstimator } from '../models/estimate.ts';
import { AttemptMeter } from './attemptMeter.ts';
import type { Candidate } from './candidates.ts';
import { reactionTo } from './retry.ts';
import type { AttemptHandle, Cancel, JobEnd, JobOwner } from './scheduler/types.ts';
import type { PooledServer } from './server.ts';
import { costOf, limitCostOf } from './usage/prices.ts';

/** Prompts estimated at more than this many windows are not sent: for a calibrated ratio, and for an assumed one. */
const OVERFLOW_MARGIN = { calibrated: 1.05, assumed: 1.25 };

/** What a call needs. */
export interface CallTaskOptions {
	readonly call: ModelCall;
	readonly observer: CallObserver;
	readonly candidates: readonly Candidate[];
	readonly estimator: TokenEstimator;
	readonly resolve: (reply: ModelReply) => void;
	/** Takes ModelError, NoServerError or CancelledError. */
	readonly reject: (error: unknown) => void;
}

/** One attempt, as the task tracks it. */
interface Attempt {
	readonly handle: AttemptHandle;
	readonly signal: AbortSignal;
	/** Present once the request is about to be sent. */
	meter: AttemptMeter | undefined;
}

/** One call: makes the attempts that the scheduler requests, and settles once. */
export class CallTask implements JobOwner {
	readonly #options: CallTaskOptions;
	/** The last failure of each server, in the order of their first failures. */
	readonly #failures = new Map<string, ModelError>();

	constructor(options: CallTaskOptions) {
		this.#options = options;
	}

	start(handle: AttemptHandle): Cancel {
		const controller = new AbortController();
		const attempt: Attempt = { handle, signal: controller.signal, meter: undefined };
		this.#callServer(attempt).then(
			(reply) => {
				const { chargedUsd, ...answer } = reply;
				const { usage, firstTokenMs, durationMs } = answer;
				if (!handle.done({ ...usage, firstTokenMs, durationMs })) return;
				attempt.meter?.replied(usage, chargedUsd);
				this.#options.resolve(answer);
			},
			(error: unknown) => {
				// Stopped from outside: the job already knows, or another attempt continues it.
				if (!controller.signal.aborted) this.#failed(attempt, error);
			},
		);
		return () => {
			controller.abort();
			attempt.meter?.lost();
		};
	}

	ended(end: JobEnd): void {
		const { reject, call } = this.#options;
		if (end === 'cancelled') {
			reject(new CancelledError());
			return;
		}
		const seconds = Math.round((call.timeLeftMs ?? 0) / 1000);
		const last = [...this.#failures.values()].at(-1);
		const cause = last ? ` The last attempt: ${last.message}` : '';
		reject(
			new ModelError(`The call had no reply within the ${seconds} s that were left for it.${cause}`, {
				category: 'timeout',
			}),
		);
	}

	/** Makes one attempt: checks the prompt against the window, then asks the model. */
	async #callServer(attempt: Attempt): Promise<ModelReply> {
		const { call, observer, candidates } = this.#options;
		const { handle, signal } = attempt;
		const { server, model: named } = candidates.find(
			(candidate) => candidate.server.id === handle.serverId,
		) as Candidate;
		const provider = await server.provider();
		const model = named ?? (await server.anyModel(signal));
		await this.#checkSize(server, model, signal);
		if (signal.aborted) throw new CancelledError();
		const meter = this.#meterOf(server, model);
		attempt.meter = meter;
		const { messages, maxTokens, temperature, topP, stop, prefill, thinking, format } = call;
		const warmth = temperature ?? server.settings.temperature ?? call.usualTemperature;
		const options = { maxTokens, temperature: warmth, topP, stop, prefill, thinking, format };
		const onSent = () => meter.sent();
		const request = present<ChatRequest>({ model, messages, ...options, onSent });
		const onDelta: CallObserver['onDelta'] = (text, channel) => {
			if (signal.aborted) return;
			meter.add(text);
			handle.progress(Math.ceil(meter.characters / INITIAL_CHARACTERS_PER_TOKEN));
			if (!handle.isHedge) observer.onDelta(text, channel);
		};
		const reply = await provider.chat(request, onDelta, signal);
		server.noteSuccess();
		const costUsd = shownCost(server, model, reply.usage, reply.chargedUsd);
		return present({ ...reply, server: server.id, attempts: handle.number, queueMs: handle.queueMs, costUsd });
	}

	/** Counts the attempt from here on, if it reaches a server. @throws RlmError when the observer allows no attempt */
	#meterOf(server: PooledServer, model: string): AttemptMeter {
		const { call, observer, estimator } = this.#options;
		const price = server.price(model);
		const costOfUse = (usage: Usage, chargedUsd?: number) => shownCost(server, model, usage, chargedUsd);
		return new AttemptMeter({
			tell: observer.onAttempt(present({ server: server.id, model, price })),
			tokensOf: (texts) => estimator.estimate(model, texts).tokens,
			prompt: call.messages.map((message) => message.content),
			maxTokens: call.maxTokens ?? 0,
			costOf: costOfUse,
			limitUsdOf: (usage, chargedUsd) =>
				limitCostOf(usage, server.priceOfSettings(model), costOfUse(usage, chargedUsd)),
		});
	}

	/** @throws ModelError `context-overflow` before anything is sent, when the prompt cannot fit */
	async #checkSize(server: PooledServer, model: string, signal: AbortSignal): Promise<void> {
		const window = await server.window(model, signal);
		if (!window.isKnown) return;
		const { call, estimator } = this.#options;
		const texts = call.messages.map((message) => message.content);
		const { tokens: estimated, isCalibrated } = estimator.estimate(model, texts);
		const margin = isCalibrated ? OVERFLOW_MARGIN.calibrated : OVERFLOW_MARGIN.assumed;
		if (estimated <= window.tokens * margin) return;
		// An estimate may be far off for this kind of text, so nothing is refused that the server itself can count.
		const counted = await server.countTokens(model, call.messages, signal);
		if (counted !== undefined) estimator.learn(model, texts, counted);
		if (counted !== undefined && counted <= window.tokens) return;
		const tokens = counted ?? estimated;
		const about = counted === undefined ? 'about ' : '';
		throw new ModelError(
			`Server "${server.id}" (${server.url}), model "${model}": the prompt of ${about}${tokens} tokens does not fit ` +
				`into the context window of ${window.tokens} tokens.`,
			{
				category: 'context-overflow',
				server: server.id,
				url: server.url,
				model,
				promptTokens: tokens,
				contextTokens: window.tokens,
			},
		);
	}

	#failed({ handle, meter }: Attempt, error: unknown): void {
		const { observer, reject, candidates } = this.#options;
		meter?.lost(error);
		if (!(error instanceof ModelError)) {
			// The server did not fail, and every other attempt would meet this too. One in progress continues.
			if (handle.failed({ category: 'bad-request' })) reject(error);
			return;
		}
		candidates.find(({ server }) => server.id === handle.serverId)?.server.noteFailure(error);
		this.#failures.set(handle.serverId, error);
		const next: NextStep | undefined = handle.failed(error.facts);
		if (next === undefined) return;
		const { category, message } = error;
		const restartsReply = (meter?.characters ?? 0) > 0;
		observer.onAttemptFailed({ server: handle.serverId, category, message, restartsReply, next });
		if (next.kind === 'give-up') reject(this.#finalError());
	}

	/**
	 * A single server's failure is reported as is. Several are reported together, unless the call itself was at fault.
	 */
	#finalError(): ModelError | NoServerError {
		const failures = [...this.#failures.values()];
		const only = failures.length === 1 ? failures[0] : undefined;
		if (only) return only;
		const ofCall = failures.find(({ facts }) => ['never', 'larger-window'].includes(reactionTo(facts).otherServer));
		if (ofCall) return ofCall;
		const told = failures.map(({ message }) => `- ${message}`).join('\n');
		return new NoServerError(`None of ${failures.length} servers could serve the call:\n${told}`, failures);
	}
}

/** A charge of zero says nothing where the user set a price: some servers fill the field in without knowing. */
function shownCost(server: PooledServer, model: string, usage: Usage, chargedUsd?: number): number | undefined {
	const isTold = chargedUsd !== 0 || server.priceOfSettings(model) === undefined;
	return costOf(usage, server.price(model), isTold ? chargedUsd : undefined);
}
