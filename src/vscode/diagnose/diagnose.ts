import { type ExtensionContext, env, l10n, ProgressLocation, window } from 'vscode';
import { explain } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { QueryHost } from '../runQuery.ts';
import { readSettings } from '../settings.ts';
import { machineFacts, serverFacts } from './facts.ts';
import { renderDiagnosis } from './report.ts';

/** Asks every server now and reports everything about it but secrets. @returns the report as Markdown */
export async function diagnose(context: ExtensionContext, host: QueryHost, fleet: Fleet): Promise<string> {
	const options = { location: ProgressLocation.Notification, title: l10n.t('Asking the servers') };
	const report = await window.withProgress(options, () => makeReport(context, fleet));
	const title = l10n.t('Diagnosis of the servers');
	await host.answers.show(host.answers.uriOf('diagnosis', title), report);
	void offerCopy(report);
	return report;
}

async function offerCopy(report: string): Promise<void> {
	const copy = l10n.t('Copy Report');
	const chosen = await window.showInformationMessage(l10n.t('The report holds no keys.'), copy);
	if (chosen === copy) await env.clipboard.writeText(report);
}

async function makeReport({ secrets, extension }: ExtensionContext, fleet: Fleet): Promise<string> {
	const machine = machineFacts(extension.id);
	const settings = settingsOrNotice();
	if (typeof settings === 'string') return renderDiagnosis(machine, [], [settings]);
	if (settings.servers.length === 0) {
		const notice = l10n.t(
			'The settings name no server: RLM uses one that it finds on this machine, else the built-in engine.',
		);
		const found = await (await import('../../pool/discover.ts')).discoverServers(AbortSignal.timeout(10_000));
		return renderDiagnosis(machine, await serverFacts(found, [], secrets), [notice]);
	}
	const [isolation] = await Promise.all([fleet.measureIsolation(), fleet.check()]);
	const facts = await serverFacts(settings.servers, fleet.servers, secrets);
	return renderDiagnosis(machine, facts, [], isolation);
}

/** Reads the settings. When they are faulty, the report is about that. */
function settingsOrNotice(): Settings | string {
	try {
		return readSettings();
	} catch (error) {
		const { message, hint } = explain(error);
		return [message, hint].filter(Boolean).join(' ');
	}
}
