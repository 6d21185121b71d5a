import { l10n } from 'vscode';
import { formatCount, formatDuration } from '../../core/figures.ts';
import { MODEL_ROLES } from '../../core/ports/model.ts';
import { kindOf } from '../../models/kinds.ts';
import type { IsolationReport } from '../../sandbox/host/isolationReport.ts';
import { isolationText } from '../fleet/isolationText.ts';
import { modelText, reasonText, remedyText, stateText } from '../fleet/serverTexts.ts';
import { literal } from '../fleet/statusTooltip.ts';
import type { Machine, ServerFacts } from './facts.ts';

/** Clock differences that a busy network alone can cause. ms */
const CLOCK_TOLERANCE_MS = 5_000;

/** Renders the report as Markdown: the machine, then the settings, the answer and the loaded models of every server. */
export function renderDiagnosis(
	machine: Machine,
	servers: readonly ServerFacts[],
	notices: readonly string[],
	isolation?: IsolationReport,
): string {
	const sections = [
		`# ${l10n.t('Diagnosis of the servers')}`,
		new Date().toISOString(),
		...notices.map((notice) => `> ${literal(notice)}`),
		`## ${l10n.t('Where requests come from')}`,
		list([...machineLines(machine), ...(isolation ? [isolationText(isolation)] : [])]),
		...servers.flatMap(serverSections),
	];
	return `${sections.join('\n\n')}\n`;
}

function machineLines(machine: Machine): string[] {
	const { name, system, remote, vscode, node, extension, isTrusted, proxies } = machine;
	const where = remote === undefined ? l10n.t('this machine') : l10n.t('the remote machine ({0})', remote);
	return [
		`${where}: ${name}, ${system}`,
		`RLM ${extension}, VS Code ${vscode}, Node ${node}`,
		proxies.length === 0
			? l10n.t('No proxy is set.')
			: l10n.t(
					'A proxy is set ({0}): VS Code may send requests through it. List servers of your network in http.noProxy.',
					proxies.join(', '),
				),
		...(isTrusted ? [] : [l10n.t('The workspace is not trusted: its settings are ignored.')]),
	];
}

function serverSections(facts: ServerFacts): string[] {
	return [
		`## ${literal(facts.settings.id)}`,
		`### ${l10n.t('In the settings')}`,
		list(settingLines(facts)),
		`### ${l10n.t('Its answer')}`,
		list(answerLines(facts)),
		`### ${l10n.t('Loaded models')}`,
		list(modelLines(facts)),
	];
}

function settingLines({ settings, url, key, missingHeaders }: ServerFacts): string[] {
	const { kind, models, roles, contextLength, maxConcurrent } = settings;
	return [
		`${kind}, ${url}`,
		models === undefined ? l10n.t('Models: all that it lists') : l10n.t('Models: {0}', models.join(', ')),
		l10n.t('Roles: {0}', (roles ?? MODEL_ROLES).join(', ')),
		keyText(key),
		...missingHeaders.map((variable) => l10n.t('The environment variable {0} of a header is not set.', variable)),
		...(contextLength === undefined ? [] : [l10n.t('Context window: {0} tokens', formatCount(contextLength))]),
		...(maxConcurrent === undefined ? [] : [l10n.t('Calls at a time: {0}', maxConcurrent)]),
	];
}

function keyText({ variable, isInVariable, isStored }: ServerFacts['key']): string {
	if (isInVariable) return l10n.t('Key: in the environment variable {0}', variable ?? '');
	if (isStored) return l10n.t('Key: in the secret storage');
	if (variable === undefined) return l10n.t('Key: none');
	return l10n.t('Key: none. The environment variable {0} is not set on this machine.', variable);
}

function answerLines({ seen, clockAheadMs }: ServerFacts): string[] {
	if (!seen) return [l10n.t('It was not asked.')];
	const { health, software, latencyMs, load, calls } = seen;
	const told = [reasonText(health), remedyText(health)].filter((text) => text !== undefined);
	return [
		[stateText(health.state), ...told].join(': '),
		...(software === undefined ? [] : [software]),
		...(latencyMs === undefined ? [] : [l10n.t('Latency: {0}', formatDuration(latencyMs))]),
		l10n.t('Calls at a time: {0}', load?.places ?? calls.limit),
		...(calls.lastError === undefined ? [] : [l10n.t('Last error: {0}', calls.lastError)]),
		...clockLines(clockAheadMs),
	];
}

function clockLines(aheadMs: number | undefined): string[] {
	if (aheadMs === undefined) return [];
	if (Math.abs(aheadMs) < CLOCK_TOLERANCE_MS) return [l10n.t('Its clock agrees with this machine.')];
	const off = formatDuration(Math.abs(aheadMs));
	return [
		aheadMs > 0
			? l10n.t('Its clock is {0} ahead: certificates and keys may be refused.', off)
			: l10n.t('Its clock is {0} behind: certificates and keys may be refused.', off),
	];
}

function modelLines({ seen, settings }: ServerFacts): string[] {
	const models = seen?.models ?? [];
	if (models.length === 0) return [l10n.t('It lists no models.')];
	const isLong = models.length > 30;
	const shown = isLong ? models.filter(({ name }) => settings.models?.includes(name)) : models;
	return [
		...shown.map((model) => [model.name, modelText(model)].filter(Boolean).join(': ')),
		...(isLong ? [l10n.t('{0} models in all', models.length)] : []),
		...windowLines({ seen, settings }),
	];
}

/** Warns of windows in the settings that exceed the served ones, which cuts prompts. */
function windowLines({ seen, settings }: Pick<ServerFacts, 'seen' | 'settings'>): string[] {
	const { contextLength } = settings;
	const used = (seen?.models ?? []).filter(({ name }) => settings.models?.includes(name) ?? true);
	const lines = used.flatMap(({ name, contextTokens }) => {
		if (contextTokens === undefined || contextLength === undefined || contextLength <= contextTokens) return [];
		const [set, served] = [formatCount(contextLength), formatCount(contextTokens)];
		return [l10n.t('{0}: the settings say {1} tokens, but {2} are served. Longer prompts are cut.', name, set, served)];
	});
	const test = l10n.t('"RLM: Test Server" checks with a call whether long prompts arrive whole.');
	return [...lines, ...(kindOf(settings.kind).place === 'server' ? [test] : [])];
}

function list(lines: readonly string[]): string {
	return lines.map((line) => `- ${literal(line)}`).join('\n');
}
