import { l10n } from 'vscode';
import type { Isolation } from '../../core/ports/sandbox.ts';
import { ISOLATION_LAYERS, type IsolationLayer } from '../../core/ports/sandbox.ts';
import type { IsolationReport } from '../../sandbox/host/isolationReport.ts';

/** Says where Python runs and which of the walls around it hold. */
export function isolationText({ deployment, layers, problem }: IsolationReport): string {
	const places: Record<Isolation, string> = {
		worker: l10n.t('a worker thread'),
		process: l10n.t('a process of its own'),
		remote: l10n.t('a sandbox server'),
	};
	if (problem !== undefined) return l10n.t('Sandbox: {0}, which does not start: {1}', places[deployment], problem);
	const names: Record<IsolationLayer, string> = {
		imports: l10n.t('no functions of the host'),
		realm: l10n.t('no Node'),
		permissions: l10n.t('no files of yours'),
		namespaces: l10n.t('no network'),
	};
	const told = layers.map((layer) => names[layer]).join(', ');
	const place = places[deployment];
	return l10n.t('Sandbox: {0}, {1} of {2} walls ({3}).', place, layers.length, ISOLATION_LAYERS.length, told);
}
