import { contextBytes } from '../core/contextSummary.ts';
import type { ModeReason, Way } from '../core/modes.ts';
import type { RunState } from '../core/runState.ts';
import { mayNeedJudging } from './guided/kind.ts';
import { isComputed } from './guided/question.ts';

/** A mode to try, and why. */
export interface Choice {
	readonly mode: Way;
	readonly reason: ModeReason;
}

/** Share of the served window that a text may fill and still be read well. */
const COMFORTABLE_SHARE = 0.5;
/**
 * Below some tens of thousands of tokens a model that reads the text answers better and faster than one that explores it
 * (Zhang, Kraska, Khattab, arXiv 2512.24601, figure 1).
 */
const DIRECT_BELOW_TOKENS = 16_000;
/** From so many lines on, what has to be counted or added up is not left to reading. */
const COUNTED_LINES = 40;

/** The modes to try, the likeliest first; a later one is for the case that the one before leads nowhere. */
export function chooseModes(state: RunState): readonly Choice[] {
	const { request, place } = state;
	if (place.votesFor !== undefined) return [leading(state, { kind: 'voter' })];
	if (place.depth > 0) return [leading(state, { kind: 'child' })];
	const asked = request.mode ?? 'explore';
	if (asked === 'auto') return automatic(state);
	if (asked === 'explore') return [leading(state, { kind: 'asked' })];
	if (asked === 'direct') return directAsked(state);
	if (asked === 'vote') return voteAsked(state);
	return [{ mode: asked, reason: { kind: 'asked' } }];
}

/** The built-in engine would say the same each time. */
function voteAsked(state: RunState): readonly Choice[] {
	if (state.root.isBuiltin) return [{ mode: 'explore', reason: { kind: 'builtin' } }];
	return [{ mode: 'vote', reason: { kind: 'asked' } }, leading(state, { kind: 'led-nowhere', from: 'vote' })];
}

/** The modes that run no code. What was read in one call already is not read so again. */
export function chooseWithoutSandbox(state: RunState): readonly Choice[] {
	const reason: ModeReason = { kind: 'no-sandbox' };
	const tokens = contextTokens(state);
	const isRead = chooseModes(state).some(({ mode }) => mode === 'direct');
	const mayRead = !isRead && state.request.directBelowTokens !== 0 && tokens < state.root.contextTokens;
	const guided: Choice = { mode: 'guided', reason };
	if (!mayRead) return [guided];
	const direct: Choice = { mode: 'direct', reason };
	return readsWell(state, tokens) ? [direct, guided] : [guided, direct];
}

/** The free loop, or a plan where the model is too small for it. */
function leading({ profile }: RunState, reason: ModeReason): Choice {
	return profile.isStepwise ? { mode: 'guided', reason: { kind: 'small-model' } } : { mode: 'explore', reason };
}

function directAsked(state: RunState): readonly Choice[] {
	const tokens = contextTokens(state);
	const afterwards = leading(state, { kind: 'led-nowhere', from: 'direct' });
	if (tokens >= state.root.contextTokens) return [leading(state, { kind: 'too-large', tokens })];
	return [{ mode: 'direct', reason: { kind: 'asked' } }, afterwards];
}

function automatic(state: RunState): readonly Choice[] {
	const { request, root } = state;
	if (root.isBuiltin) return [{ mode: 'explore', reason: { kind: 'builtin' } }];
	const needsCode = request.outputFields !== undefined || request.output !== undefined;
	if (needsCode || request.contexts.some(({ kind }) => kind === 'json')) return [leading(state, { kind: 'value' })];
	const tokens = contextTokens(state);
	if (!readsWell(state, tokens)) return [leading(state, { kind: 'too-large', tokens })];
	if (isComputed(request.query) && lines(state) > COUNTED_LINES) return [leading(state, { kind: 'computed' })];
	if (state.profile.isStepwise && mayNeedJudging(state)) {
		const reason: ModeReason = { kind: 'led-nowhere', from: 'guided' };
		return [
			{ mode: 'guided', reason: { kind: 'each-record' } },
			{ mode: 'direct', reason },
		];
	}
	return [
		{ mode: 'direct', reason: { kind: 'fits', tokens } },
		leading(state, { kind: 'led-nowhere', from: 'direct' }),
	];
}

function readsWell({ request, root }: RunState, tokens: number): boolean {
	const most = request.directBelowTokens ?? DIRECT_BELOW_TOKENS;
	return most > 0 && tokens <= Math.min(most, root.contextTokens * COMFORTABLE_SHARE);
}

/** About the tokens of all contexts together. */
function contextTokens({ request }: RunState): number {
	return request.contexts.reduce((sum, context) => sum + Math.ceil(contextBytes(context) / 4), 0);
}

function lines({ request }: RunState): number {
	return request.contexts.reduce(
		(sum, context) =>
			sum + (context.kind === 'json' ? 0 : context.files.reduce((all, { lineCount }) => all + lineCount, 0)),
		0,
	);
}
