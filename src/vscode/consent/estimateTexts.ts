import { l10n } from 'vscode';
import type { Limits } from '../../core/events.ts';
import type { LeftOut, LeftOutReason } from '../../core/ports/context.ts';
import type { ContextEstimate } from './contextEstimate.ts';

/** Gives the size of a context in one line. */
export function sizeText({ files, bytes, tokens }: ContextEstimate): string {
	const size = bytesText(bytes);
	const about = tokens.toLocaleString();
	if (files === 1) return l10n.t('1 file, {0}, about {1} tokens.', size, about);
	return l10n.t('{0} files, {1}, about {2} tokens.', files.toLocaleString(), size, about);
}

/** Gives the limits of a run in one line. */
export function ceilingText({ iterations, calls, tokens, costUsd, durationMs }: Limits): string {
	const finite = (value: number, text: (shown: string) => string) =>
		Number.isFinite(value) ? [text(value.toLocaleString())] : [];
	return l10n.t(
		'At most: {0}.',
		[
			...finite(iterations, (count) => l10n.t('{0} iterations', count)),
			...finite(calls, (count) => l10n.t('{0} sub-calls', count)),
			...finite(tokens, (count) => l10n.t('{0} tokens', count)),
			...finite(costUsd, (amount) => l10n.t('{0} USD', amount)),
			...finite(durationMs / 60_000, (minutes) => l10n.t('{0} minutes', minutes)),
		].join(', '),
	);
}

/** Formats bytes for people. */
export function bytesText(bytes: number): string {
	if (bytes < 1024) return `${bytes} B`;
	return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** Says why files are left out and how to include them. */
export function leftOutText({ reason, count }: LeftOut): string {
	const reasons: Record<LeftOutReason, string> = {
		ignored: l10n.t('ignored by .gitignore, .rlmignore or rlm.context.exclude'),
		binary: l10n.t('binary'),
		secret: l10n.t('may hold secrets (rlm.context.allowSecrets reads them)'),
		unreadable: l10n.t('unreadable'),
		'not-utf8': l10n.t('not UTF-8 text'),
		'over-limit': l10n.t('over the limit of the whole context (rlm.limits, contextBytes)'),
	};
	return `${count.toLocaleString()} ${reasons[reason]}`;
}
