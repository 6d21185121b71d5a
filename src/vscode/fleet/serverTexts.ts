import { l10n } from 'vscode';
import { formatCount, formatDuration } from '../../core/figures.ts';
import type { ModelListing } from '../../core/ports/model.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import { formatGigabytes, formatMemory, formatSpeed, gpuParts, sparkline } from '../../pool/health/fleetFigures.ts';
import type { Health, HealthState } from '../../pool/health/healthState.ts';

/** Names a state. */
export function stateText(state: HealthState): string {
	const texts: Record<HealthState, string> = {
		unknown: l10n.t('not asked yet'),
		up: l10n.t('up'),
		busy: l10n.t('busy'),
		degraded: l10n.t('needs attention'),
		down: l10n.t('down'),
	};
	return texts[state];
}

/** Explains the state of a server, where there is something to explain. */
export function reasonText({ cause, reason }: Health): string | undefined {
	switch (cause) {
		case 'loading':
			return l10n.t('It is loading a model.');
		case 'silent':
			return l10n.t('It delivers replies, but is too busy to answer checks.');
		case 'calls-fail':
			return l10n.t('It answers checks, but calls on it fail.');
		default:
			return reason;
	}
}

/** Advises what to do about the state of a server, by its cause. */
export function remedyText({ cause, hint }: Health): string | undefined {
	switch (cause) {
		case 'unreachable':
			return l10n.t('Start the server, or correct its address. The request was made from the machine that runs RLM.');
		case 'loading':
		case 'full':
		case 'silent':
			return undefined;
		default:
			return hint;
	}
}

/** Formats calls as `2 of 4` and those that wait: of all users where the server tells, else of this window. */
export function callsText({ calls, load }: FleetServer): string {
	const running = Math.max(calls.inFlight, load?.running ?? 0);
	const waiting = calls.waiting + (load?.waiting ?? 0);
	const places = l10n.t('{0} of {1}', running, load?.places ?? calls.limit);
	return waiting > 0 ? `${places}, ${l10n.t('{0} waiting', waiting)}` : places;
}

/** Lists the models in the memory of a server; undefined when it does not tell. */
export function loadedText({ models, health }: FleetServer): string | undefined {
	if (health.state === 'down' || models.every(({ isLoaded }) => isLoaded === undefined)) return undefined;
	const loaded = models.filter(({ isLoaded }) => isLoaded).map(({ name }) => name);
	return loaded.length === 0 ? l10n.t('none') : loaded.join(', ');
}

export function memoryText({ memory }: FleetServer): string | undefined {
	return memory && formatMemory(memory);
}

/** Formats tokens a second: of one reply, else of all replies as the server measures them. */
export function speedText({ calls, load }: FleetServer): string | undefined {
	const speed = calls.completionSpeed ?? load?.completionTokensPerSecond;
	return speed === undefined ? undefined : formatSpeed(speed);
}

export function latencyText({ latencyMs }: FleetServer): string | undefined {
	return latencyMs === undefined ? undefined : formatDuration(latencyMs);
}

/** Draws the last hour in block characters. */
export function historyText({ history, calls, load }: FleetServer): string {
	return sparkline(history, load?.places ?? calls.limit);
}

/** Formats today's calls, tokens and cost of all programs of the user; undefined without any. */
export function todayText({ today }: FleetServer): string | undefined {
	if (today === undefined || today.calls === 0) return undefined;
	const tokens = formatCount(today.promptTokens + today.completionTokens);
	const cost = today.costUsd > 0 ? ` · ${today.unpricedCalls > 0 ? '≥ ' : ''}$${today.costUsd.toFixed(4)}` : '';
	return `${l10n.t('{0} calls, {1} tokens', today.calls, tokens)}${cost}`;
}

/** Describes a model on a server: whether it is in memory, window, size, part on the CPU. */
export function modelText({ contextTokens, maxContextTokens, isLoaded, bytes, vramBytes }: ModelListing): string {
	const isSplit = bytes !== undefined && vramBytes !== undefined && vramBytes < bytes;
	const window = contextTokens ?? maxContextTokens;
	const facts = [
		isLoaded === undefined ? undefined : isLoaded ? l10n.t('in memory') : l10n.t('not in memory'),
		window === undefined ? undefined : l10n.t('window {0}', formatCount(window)),
		bytes === undefined ? undefined : `${formatGigabytes(bytes)} GB`,
		isSplit ? l10n.t('{0} % on the CPU', Math.round((1 - vramBytes / bytes) * 100)) : undefined,
	];
	return facts.filter((fact) => fact !== undefined).join(' · ');
}

/** Describes a GPU in one line. */
export function gpuText(gpu: FleetServer['gpus'][number]): string {
	return `${gpu.name}: ${gpuParts(gpu).join(', ')}`;
}
