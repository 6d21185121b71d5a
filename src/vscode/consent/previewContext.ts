import { l10n, ProgressLocation, Uri, window } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import { oneLine } from '../../core/printable.ts';
import type { Settings } from '../../settings/settings.ts';
import type { CollectedContext, ContextSource } from '../contextSource.ts';
import { likelyPreview } from '../nativeChat/requestSource.ts';
import type { QueryHost } from '../runQuery.ts';
import { harmless } from '../safeMarkdown.ts';
import { maxContextBytes, readSettings } from '../settings.ts';
import { signalOf } from '../signal.ts';
import { type ContextEstimate, estimateContext } from './contextEstimate.ts';
import { destinationsOf } from './destinations.ts';
import { bytesText, ceilingText, leftOutText, sizeText } from './estimateTexts.ts';

/** The parts of the extension that a preview needs. */
export type PreviewHost = Pick<QueryHost, 'answers'>;

/** Shows what a run over the workspace would read and leave out, without asking any model. */
export async function previewContext(host: PreviewHost, folder: unknown): Promise<ContextEstimate | undefined> {
	return previewSource(host, await likelyPreview(folder instanceof Uri ? folder : undefined));
}

/** Shows what a run over a source would read and leave out. */
export async function previewSource(host: PreviewHost, source: ContextSource): Promise<ContextEstimate | undefined> {
	const settings = readSettings();
	const collected = await collect(source, settings);
	if (!collected) return undefined;
	const contexts = collected.contexts.filter((context) => context.kind !== 'json');
	const estimate = estimateContext(contexts, { ...DEFAULT_LIMITS, ...settings.limits });
	const servers = destinationsOf(settings).map(({ id, url }) => `${id} (${url})`);
	const title = l10n.t('Context: {0}', source.label);
	await host.answers.show(host.answers.uriOf('preview', title), render(title, estimate, servers));
	return estimate;
}

async function collect(source: ContextSource, settings: Settings): Promise<CollectedContext | undefined> {
	const options = { location: ProgressLocation.Notification, title: source.label, cancellable: true };
	return window.withProgress(options, async (progress, token) => {
		const { signal, dispose } = signalOf(token);
		try {
			const onProgress = (message: string) => progress.report({ message });
			const { exclude = {}, allowSecrets = [] } = settings.context ?? {};
			const maxBytes = maxContextBytes(settings);
			return await source.collect({ exclude, allowSecrets, maxBytes, onProgress, signal });
		} catch (error) {
			if (error instanceof CancelledError) return undefined;
			throw error;
		} finally {
			dispose();
		}
	});
}

function render(title: string, estimate: ContextEstimate, servers: readonly string[]): string {
	const sections = [
		`# ${harmless(title)}`,
		sizeText(estimate),
		ceilingText(estimate.limits),
		servers.length > 0
			? l10n.t('Parts of it that a model’s code looks at are sent to {0}.', servers.join(', '))
			: l10n.t('No server is configured: a local one is used, or the built-in engine, which sends nothing.'),
		`## ${l10n.t('Included')}`,
		table(
			[l10n.t('Folder'), l10n.t('Files'), l10n.t('Size')],
			estimate.folders.map(({ path, files, bytes }) => [code(path), files.toLocaleString(), bytesText(bytes)]),
		),
		`## ${l10n.t('Largest files')}`,
		table(
			[l10n.t('File'), l10n.t('Size')],
			estimate.largest.map(({ path, bytes }) => [code(path), bytesText(bytes)]),
		),
		`## ${l10n.t('Left out')}`,
		estimate.leftOut.length === 0 ? l10n.t('Nothing.') : estimate.leftOut.map(leftOutItem).join('\n'),
	];
	return `${sections.join('\n\n')}\n`;
}

function leftOutItem(leftOut: ContextEstimate['leftOut'][number]): string {
	const more = leftOut.count > leftOut.examples.length ? ', …' : '';
	return `- ${leftOutText(leftOut)}: ${leftOut.examples.map(code).join(', ')}${more}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
	return harmless(`\`${oneLine(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``);
}
