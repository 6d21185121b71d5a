import { type FailureCategory, ModelError } from '../core/errors.ts';
import type { ChatReply, ChatRequest, DeltaSink, JsonSchema } from '../core/ports/model.ts';
import { FORMAT_PARAMETERS } from './format.ts';
import { alternating, isAlternating, type Message, withoutSystem } from './messages.ts';

/** A request as a protocol writes it. */
export interface Body {
	readonly model: string;
	readonly messages: readonly object[];
	/** Where a protocol has the parameters of a model. */
	readonly options?: object;
}

/** What a server does not take in requests for one model. */
interface Learnt {
	/** Parameters to leave out. */
	readonly dropped: Set<string>;
	/** Parameters by the name that the server wants instead. */
	readonly renamed: Map<string, string>;
	/** Completion tokens that the server allows at most. */
	mostTokens: number;
	isSystemMerged: boolean;
	isAlternating: boolean;
	isStreamed: boolean;
}

/** Makes one attempt at a call, with the body of its request as `adapt` returns it. */
type Attempt = (request: ChatRequest, onDelta: DeltaSink, adapt: <B extends Body>(body: B) => B) => Promise<ChatReply>;

const LIMITS: Readonly<Record<string, string>> = {
	max_tokens: 'max_completion_tokens',
	max_completion_tokens: 'max_tokens',
};
/** Without these there is no request; a limit is renamed before it is given up. */
const NEEDED = new Set(['model', 'messages', 'stream', 'system']);
/** Parameters of ours: a server that as much as names one in a refusal gets none. */
const OURS = new Set(['stream_options', 'chat_template_kwargs', 'reasoning', 'think', 'cache_control', 'keep_alive']);
/** Failures that say nothing about the form of a request. */
const OTHER_FAILURES = new Set<FailureCategory>([
	...(['connect', 'tls', 'timeout', 'overloaded', 'rate-limit', 'quota', 'auth'] as const),
	...(['model-not-found', 'context-overflow', 'truncated', 'empty', 'refused', 'invalid', 'cancelled'] as const),
]);
/** Attempts of a call with another form. Each leaves out something more. */
const MOST_CONCESSIONS = 8;

const REFUSED =
	/unsupported|not supported|n[o']t support|unrecogni[sz]ed|unknown|unexpected|extra (?:inputs|fields)|not permitted|not allowed|not enabled|not available|no longer|deprecated|additional propert|does not accept|not a valid|invalid (?:param|arg|field|role)|only the default|cannot be (?:used|specified|set)/i;
const TOO_MANY = /too (?:large|high|big|many)|above|exceed|maximum|at most|less than|greater than|[<>]/i;
const NO_SYSTEM =
	/\bsystem\b['"`]? ?(?:role|message|prompt|instruction)|role['"`:]* ?['"`]?system|developer instruction|support ['"`]?system|only user\b.{0,60}\brole/i;
const NO_SUCH_ORDER =
	/\balternat|consecutive|(?:2|two) or more (?:assistant|user)|(?:start|begin)s? with (?:a |an |the )?['"`]?user|(?:first|last) (?:message|turn|role) (?:must|should|has to)|must end with (?:a |an |the )?['"`]?user/i;
const NO_STREAM = /\bstream(?:ing)?\b(?!_)/i;
const VERIFIED = /verified to stream/i;
/** What no other refusal speaks of; a server that reads a schema says where in it something is wrong. */
const NAMES_FORMAT = /response_format|json_schema|tool_choice|input_schema|\bschema\b|\bgrammar\b|\bformat\b/i;
/** Different formats that are refused, none of them taken, before a server counts as one that takes none. */
const REFUSED_FORMATS = 3;
/** Refused formats that are remembered for a model; each is as long as its schema. */
const MOST_FORMATS = 50;

/**
 * Remembers for each model of a server what it refused by name or by meaning: parameters, the role `system`, two
 * messages of one author in a row, streams. The request is sent again without it, and so is every later one.
 */
export class Concessions {
	readonly #learnt = new Map<string, Learnt>();
	readonly #prefillRefused = new Set<string>();
	readonly #formats = new Map<string, Formats>();

	/**
	 * Makes a call, again as often as its refusal says what to change. Servers name the prefill and the format in too many
	 * ways, so those are left out last, on suspicion, and remembered if that helped.
	 * @param attempt makes one; it passes the body of its request through `adapt`
	 * @throws what `attempt` throws
	 */
	async ask(request: ChatRequest, onDelta: DeltaSink, attempt: Attempt): Promise<ChatReply> {
		const { model } = request;
		let asked = this.refusesPrefill(model) ? withoutPrefill(request) : request;
		if (asked.format && this.#formatsOf(model).refuses(asked.format)) asked = withoutFormat(asked);
		const tried = asked.format;
		let hasBegun = false;
		let sent: Body | undefined;
		const sink: DeltaSink = (text, channel) => {
			hasBegun = true;
			onDelta(text, channel);
		};
		const adapt = <B extends Body>(body: B): B => {
			const adapted = adaptedTo(this.#learnt.get(model), body, asked.prefill !== undefined);
			sent = adapted;
			return adapted;
		};
		for (let left = MOST_CONCESSIONS; ; left--) {
			try {
				const reply = await attempt(asked, sink, adapt);
				if (asked.prefill === undefined && request.prefill !== undefined) this.#prefillRefused.add(model);
				if (tried) this.#formatsOf(model).note(tried, asked.format !== undefined);
				return reply;
			} catch (error) {
				if (hasBegun || left === 0 || sent === undefined || !isAboutForm(error)) throw error;
				if (asked.format && NAMES_FORMAT.test(saidBy(error))) asked = withoutFormat(asked);
				else if (this.#learn(model, sent, error, asked.prefill !== undefined)) continue;
				else if (error.category !== 'bad-request') throw error;
				else if (asked.prefill) asked = withoutPrefill(asked);
				else if (asked.format) asked = withoutFormat(asked);
				else throw error;
			}
		}
	}

	/** Whether the model refused to continue a reply before. */
	refusesPrefill(model: string): boolean {
		return this.#prefillRefused.has(model);
	}

	#formatsOf(model: string): Formats {
		const known = this.#formats.get(model) ?? new Formats();
		this.#formats.set(model, known);
		return known;
	}

	/** @returns whether another form of the request may be taken */
	#learn(model: string, sent: Body, error: ModelError, hasPrefill: boolean): boolean {
		const said = saidBy(error);
		const learnt = this.#learnt.get(model) ?? nothing();
		const hasLearnt = learnParameter(learnt, sent, said) || learnMessages(learnt, sent, said, hasPrefill);
		if (hasLearnt) this.#learnt.set(model, learnt);
		return hasLearnt;
	}
}

/** Formats that a model at a server took or refused. */
class Formats {
	readonly #refused = new Set<string>();
	#hasTaken = false;

	refuses(format: JsonSchema): boolean {
		if (!this.#hasTaken && this.#refused.size >= REFUSED_FORMATS) return true;
		return this.#refused.has(JSON.stringify(format));
	}

	note(format: JsonSchema, isTaken: boolean): void {
		if (isTaken) this.#hasTaken = true;
		else if (this.#refused.size < MOST_FORMATS) this.#refused.add(JSON.stringify(format));
	}
}

function saidBy(error: ModelError): string {
	return error.facts.detail ?? error.message;
}

function isAboutForm(error: unknown): error is ModelError {
	return error instanceof ModelError && !OTHER_FAILURES.has(error.category);
}

function withoutPrefill({ prefill: _, ...plain }: ChatRequest): ChatRequest {
	return plain;
}

function withoutFormat({ format: _, ...plain }: ChatRequest): ChatRequest {
	return plain;
}

function nothing(): Learnt {
	return {
		dropped: new Set(),
		renamed: new Map(),
		mostTokens: Number.POSITIVE_INFINITY,
		isSystemMerged: false,
		isAlternating: false,
		isStreamed: true,
	};
}

// --- What a refusal says ---------------------------------------------------------------------------------------------

function learnParameter(learnt: Learnt, sent: Body, said: string): boolean {
	const isRefused = REFUSED.test(said);
	const mayBeLeft = (name: string) => !NEEDED.has(name) && !FORMAT_PARAMETERS.has(name);
	const names = [...Object.keys({ ...sent, ...sent.options }).filter(mayBeLeft), 'cache_control'];
	const named = names.filter((name) => isNamed(name, said));
	const ours = named.find((name) => OURS.has(name));
	if (ours !== undefined && !learnt.dropped.has(ours)) {
		learnt.dropped.add(ours);
		return true;
	}
	const limit = named.find((name) => name in LIMITS);
	if (limit !== undefined && !isRefused) return learnMost(learnt, sent, limit, said);
	if (!isRefused) return VERIFIED.test(said) && learnStream(learnt, sent);
	if (limit !== undefined) {
		if (learnt.renamed.size > 0) learnt.dropped.add(limit);
		else learnt.renamed.set(limit, LIMITS[limit] ?? limit);
		return true;
	}
	const [name] = named;
	if (name === undefined) return NO_STREAM.test(said) && learnStream(learnt, sent);
	learnt.dropped.add(name);
	return true;
}

/** Whether a text is about a parameter. Names that are words as well need a sign of that. */
function isNamed(name: string, said: string): boolean {
	if (name === 'think') return /\bthink(?:ing)?\b/i.test(said);
	if (name.includes('_')) return new RegExp(`(?<!\\w)${name}(?!\\w)`).test(said);
	return new RegExp(
		`['"\`]${name}['"\`]|(?:parameter|argument|field|property|input|param|key|supplied)s?\\W{1,3}${name}\\b|(?:^|: )${name}:|\\b${name} (?:is|are|was|does|must|cannot|has)\\b`,
		'i',
	).test(said);
}

/** The most that a server allows: the number in its refusal that is below what was asked for. */
function learnMost(learnt: Learnt, sent: Body, limit: string, said: string): boolean {
	const asked = Number((sent as unknown as Record<string, unknown>)[limit]);
	if (!TOO_MANY.test(said)) return false;
	const allowed = [...said.matchAll(/\d{1,9}/g)].map(([digits]) => Number(digits)).filter((most) => most < asked);
	const most = Math.max(0, ...allowed);
	if (most < SHORTEST_REPLY) return false;
	learnt.mostTokens = most;
	return true;
}

/** A smaller number in a refusal means something else. Tokens. */
const SHORTEST_REPLY = 64;

function learnStream(learnt: Learnt, sent: Body): boolean {
	if (!('stream' in sent) || sent.stream !== true) return false;
	learnt.isStreamed = false;
	return true;
}

function learnMessages(learnt: Learnt, sent: Body, said: string, hasPrefill: boolean): boolean {
	const messages = sent.messages as readonly Message[];
	const hasSystem = messages.some(({ role }) => role === 'system');
	if (NO_SUCH_ORDER.test(said) && !isAlternating(messages, hasPrefill)) {
		learnt.isAlternating = true;
		return true;
	}
	const isAboutSystem = NO_SUCH_ORDER.test(said) || NO_SYSTEM.test(said);
	if (!hasSystem || !isAboutSystem) return false;
	learnt.isSystemMerged = true;
	return true;
}

// --- What is sent then -----------------------------------------------------------------------------------------------

function adaptedTo<B extends Body>(learnt: Learnt | undefined, body: B, hasPrefill: boolean): B {
	if (!learnt) return body;
	const { dropped, renamed, mostTokens, isStreamed } = learnt;
	const entries = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
		const sentAs = renamed.get(name) ?? name;
		if (dropped.has(name) || dropped.has(sentAs)) return [];
		if (name === 'stream' && !isStreamed) return [[name, false]];
		if (name === 'stream_options' && !isStreamed) return [];
		if (name in LIMITS) return [[sentAs, Math.min(Number(value), mostTokens)]];
		if (name === 'options') return [[name, withoutNames(value, dropped)]];
		return [[sentAs, dropped.has('cache_control') ? withoutNames(value, new Set(['cache_control'])) : value]];
	});
	const messages = messagesFor(entries, learnt, hasPrefill);
	return { ...(Object.fromEntries(entries) as unknown as B), messages };
}

function messagesFor(
	entries: readonly [string, unknown][],
	{ isSystemMerged, isAlternating: isStrict }: Learnt,
	hasPrefill: boolean,
) {
	const messages = entries.find(([name]) => name === 'messages')?.[1] as readonly Message[];
	const merged = isSystemMerged ? withoutSystem(messages) : messages;
	return isStrict ? alternating(merged, hasPrefill) : merged;
}

/** Without some fields, at any depth. */
function withoutNames(value: unknown, names: ReadonlySet<string>): unknown {
	if (Array.isArray(value)) return value.map((item) => withoutNames(item, names));
	if (typeof value !== 'object' || value === null) return value;
	const kept = Object.entries(value).filter(([name]) => !names.has(name));
	return Object.fromEntries(kept.map(([name, inner]) => [name, withoutNames(inner, names)]));
}
