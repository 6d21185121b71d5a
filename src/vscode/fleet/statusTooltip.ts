import { l10n, MarkdownString } from 'vscode';
import { oneLine } from '../../core/printable.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import type { HealthState } from '../../pool/health/healthState.ts';
import type { IsolationReport } from '../../sandbox/host/isolationReport.ts';
import { COMMANDS } from '../names.ts';
import { isolationText } from './isolationText.ts';
import { lastErrorOf } from './serverFacts.ts';
import {
	callsText,
	historyText,
	latencyText,
	loadedText,
	memoryText,
	reasonText,
	remedyText,
	speedText,
	stateText,
} from './serverTexts.ts';
import type { StatusLine } from './statusLine.ts';

/** The rest of the tooltip, apart from the servers. */
export interface TooltipFacts {
	/** Undefined before it was measured. */
	readonly isolation: IsolationReport | undefined;
	/** Whether the servers are being watched. */
	readonly isWatched: boolean;
}

/** Renders the servers as a table, their problems, and where Python runs. */
export function statusTooltip(servers: readonly FleetServer[], facts: TooltipFacts): MarkdownString {
	const tooltip = new MarkdownString('', true);
	tooltip.isTrusted = { enabledCommands: [COMMANDS.showServers, COMMANDS.addServer, COMMANDS.diagnose] };
	const real = servers.filter(({ kind }) => kind !== 'builtin');
	tooltip.value = [
		real.length > 0 ? table(real) : l10n.t('Servers are checked when they are first used.'),
		...real.flatMap(notes),
		...footnotes(real, facts),
		links(),
	].join('\n\n');
	return tooltip;
}

/** Says the same to a screen reader in one sentence. */
export function statusSpeech({ up, total, running, waiting }: StatusLine): string {
	const servers =
		up === undefined ? l10n.t('RLM: {0} servers', total) : l10n.t('RLM: {0} of {1} servers take calls', up, total);
	const work = running + waiting > 0 ? [l10n.t('{0} calls running, {1} waiting', running, waiting)] : [];
	return [servers, ...work].join(', ');
}

const ICONS: Readonly<Record<HealthState, string>> = {
	unknown: '$(circle-outline)',
	up: '$(pass)',
	busy: '$(loading)',
	degraded: '$(warning)',
	down: '$(error)',
};

function table(servers: readonly FleetServer[]): string {
	const heads = [
		l10n.t('Server'),
		l10n.t('State'),
		l10n.t('In memory'),
		l10n.t('VRAM'),
		l10n.t('Calls'),
		l10n.t('Tokens/s'),
		l10n.t('Latency'),
		l10n.t('Last hour'),
	];
	const rows = servers.map((server) => [
		literal(server.id),
		`${ICONS[server.health.state]} ${literal(stateOf(server))}`,
		literal(loadedText(server) ?? '–'),
		memoryText(server) ?? '–',
		callsText(server),
		speedText(server) ?? '–',
		latencyText(server) ?? '–',
		historyText(server),
	]);
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function stateOf({ health, calls }: FleetServer): string {
	return calls.isDraining ? l10n.t('paused') : stateText(health.state);
}

/** Explains the state of a server and its last failed call. */
function notes(server: FleetServer): string[] {
	const told = [reasonText(server.health), remedyText(server.health)].filter((text) => text !== undefined);
	const lastError = lastErrorOf(server);
	return [
		...(told.length > 0 ? [`**${literal(server.id)}**: ${literal(told.join(' '))}`] : []),
		...(lastError === undefined ? [] : [`${l10n.t('Last error:')} ${literal(lastError)}`]),
	];
}

function footnotes(servers: readonly FleetServer[], { isolation, isWatched }: TooltipFacts): string[] {
	const checkedAt = Math.max(...servers.flatMap((server) => server.checkedAt ?? []));
	return [
		...(isWatched || !Number.isFinite(checkedAt)
			? []
			: [l10n.t('As seen at {0}.', new Date(checkedAt).toLocaleTimeString())]),
		...(isolation === undefined ? [] : [literal(isolationText(isolation))]),
	];
}

function links(): string {
	return [
		`[${l10n.t('Servers')}](command:${COMMANDS.showServers})`,
		`[${l10n.t('Add Server…')}](command:${COMMANDS.addServer})`,
		`[${l10n.t('Diagnose')}](command:${COMMANDS.diagnose})`,
	].join(' · ');
}

/** Escapes a text from outside: no formatting, links, icons or table cells come of it. */
export function literal(text: string): string {
	return oneLine(text)
		.replaceAll('$(', '$\u200b(')
		.replace(/[\\`*_{}[\]()#+!|<>~&]/g, '\\$&');
}
