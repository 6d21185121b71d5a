import { randomUUID } from 'node:crypto';
import { InputError } from '../../core/errors.ts';
import type { Limits } from '../../core/events.ts';
import type { TextContext } from '../../core/ports/context.ts';
import { present } from '../../core/present.ts';
import type { Engine, EngineRun } from '../../engine.ts';
import { answerDirectly } from './direct.ts';
import { answerAsFilesAgent } from './filesAgent.ts';
import { type PlainWork, plainRun } from './plainRun.ts';

/** A question as a mode gets it. */
export interface Asked {
	readonly question: string;
	readonly context: TextContext;
	/** Root model and sub-model; absent: those of the settings. */
	readonly model?: string;
	readonly subModel?: string;
	readonly limits: Limits;
}

/** A way to answer a question. */
export interface Mode {
	/** One sentence for people. */
	readonly about: string;
	readonly start: (asked: Asked, engine: Engine, signal: AbortSignal) => EngineRun;
}

/** Every mode that an evaluation can run. */
const MODES: Readonly<Record<string, Mode>> = {
	direct: {
		about: 'one call with the head of the context, as much as the served window takes',
		start: plain('direct', answerDirectly),
	},
	'files-agent': {
		about: 'a plain agent that lists, searches and reads files',
		start: plain('files-agent', answerAsFilesAgent),
	},
	explore: { about: 'the recursive loop: the model writes Python over the context', start: inMode('explore') },
	guided: { about: 'plans that lead the model in short calls with one task each', start: inMode('guided') },
	auto: { about: 'the mode that the product chooses by context, question and model', start: inMode('auto') },
};

export const MODE_NAMES = Object.keys(MODES);

/** @throws InputError for a mode that does not exist */
export function modeOf(name: string): Mode {
	const mode = Object.hasOwn(MODES, name) ? MODES[name] : undefined;
	if (mode) return mode;
	throw new InputError(`there is no mode "${name}"`, `There are: ${MODE_NAMES.join(', ')}.`);
}

/** A mode of the product. */
function inMode(mode: 'explore' | 'guided' | 'auto'): Mode['start'] {
	return ({ question, context, model, subModel, limits }, engine, signal) => {
		const models = { rootModel: model, subModel: subModel ?? model };
		return engine.start(present({ query: question, contexts: [context], ...models, limits, mode }), signal);
	};
}

type PlainWay = (work: PlainWork, query: string, context: TextContext) => Promise<string>;

function plain(profile: string, answer: PlainWay): Mode['start'] {
	return ({ question, context, model, limits }, engine, signal) => {
		const request = present({ query: question, contexts: [context], model, limits, profile });
		const deps = { models: engine.pool, now: Date.now, createId: () => randomUUID().slice(0, 8) };
		return engine.follow(plainRun(request, deps, (work) => answer(work, question, context), signal));
	};
}
