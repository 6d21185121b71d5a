import { l10n } from 'vscode';
import { formatCount, formatDuration } from '../../core/figures.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import {
	callsText,
	gpuText,
	historyText,
	latencyText,
	loadedText,
	memoryText,
	reasonText,
	remedyText,
	speedText,
	todayText,
} from './serverTexts.ts';

/** A fact about a server. */
export interface Fact {
	/** Unique among all facts. */
	readonly id: string;
	readonly label: string;
	readonly text: string;
	/** Name of a product icon. */
	readonly icon: string;
}

/** Lists the known facts about a server, apart from its models. */
export function factsOf(server: FleetServer): readonly Fact[] {
	const { id, health, calls, windowTokens, software, figuresProblem } = server;
	const known: readonly (readonly [icon: string, label: string, text: string | undefined])[] = [
		['info', l10n.t('Why'), reasonText(health)],
		['lightbulb', l10n.t('What to do'), remedyText(health)],
		['globe', l10n.t('Address'), software === undefined ? server.url : `${server.url} · ${software}`],
		['chip', l10n.t('In memory'), loadedText(server)],
		['symbol-ruler', l10n.t('Window'), windowTokens === undefined ? undefined : tokens(windowTokens)],
		['server-environment', l10n.t('VRAM'), memoryText(server)],
		...server.gpus.map((gpu) => ['circuit-board', l10n.t('GPU'), gpuText(gpu)] as const),
		['play', l10n.t('Calls'), callsText(server)],
		['dashboard', l10n.t('Tokens per second'), speedText(server)],
		['watch', l10n.t('First token'), calls.firstTokenMs === undefined ? undefined : formatDuration(calls.firstTokenMs)],
		['pulse', l10n.t('Latency'), latencyText(server)],
		['graph-line', l10n.t('Last hour'), historyText(server)],
		['calendar', l10n.t('Today'), todayText(server)],
		['error', l10n.t('Last error'), lastErrorOf(server)],
		['warning', l10n.t('Figures'), figuresProblem],
		['debug-disconnect', l10n.t('Kept from calls'), breakerText(server)],
	];
	return known.flatMap(([icon, label, text], index) =>
		text === undefined ? [] : [{ id: `${id}/${index} ${label}`, label, text, icon }],
	);
}

/** Gives the last failed call of a server, unless its state says the same. */
export function lastErrorOf({ health, calls: { lastError } }: FleetServer): string | undefined {
	const isSaid = health.reason !== undefined && lastError?.includes(health.reason);
	return isSaid ? undefined : lastError;
}

function tokens(count: number): string {
	return l10n.t('{0} tokens', formatCount(count));
}

function breakerText({ calls: { breaker, reopensInMs, errorShare } }: FleetServer): string | undefined {
	if (breaker === 'closed') return undefined;
	const share = l10n.t('{0} % of the last calls failed', Math.round(errorShare * 100));
	const seconds = Math.ceil((reopensInMs ?? 0) / 1000);
	return breaker === 'open' ? `${share}; ${l10n.t('next attempt in {0} s', seconds)}` : share;
}
