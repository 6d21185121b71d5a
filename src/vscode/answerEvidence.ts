import { l10n } from 'vscode';
import type { Citation } from '../core/events.ts';
import type { RunResult } from '../core/request.ts';
import { canBeOpened, citationFault, conflictText } from '../protocol/evidence.ts';
import { codeSpan, escaped, fenced } from './safeMarkdown.ts';

/** Gives the Markdown link target of a citation; undefined when no link would work. */
export type LinkTo = (citation: Citation) => string | undefined;

/** Renders the evidence of an answer, what contradicts itself there, and what of the answer rests on nothing. */
export function evidence({ citations, conflicts = [], unsupported = [] }: RunResult, linkTo: LinkTo): string {
	const items = citations.map((citation) =>
		evidenceItem(citation, canBeOpened(citation) ? linkTo(citation) : undefined),
	);
	const sentences = unsupported.map(
		({ sentence, terms }) => `${escaped(sentence)} (${terms.map(codeSpan).join(', ')})`,
	);
	return [
		...(items.length === 0 ? [] : [`## ${l10n.t('Evidence')}`, ...items]),
		...folded(l10n.t('Passages that contradict each other'), conflicts.map(conflictText).map(escaped)),
		...folded(l10n.t('Sentences that rest on nothing that was read'), sentences),
	].join('\n\n');
}

function evidenceItem(citation: Citation, target: string | undefined): string {
	const { path, startLine, endLine, quote, quoted } = citation;
	const place = endLine === startLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
	const label = target === undefined ? codeSpan(place) : `[${escaped(place)}](<${target}>)`;
	const fault = citationFault(citation, l10n.t);
	if (fault !== undefined) {
		const claimed = quoted === undefined ? '' : `\n\n${fenced(quoted)}`;
		return `⚠ ${label} — **${escaped(fault)}**${claimed}`;
	}
	return quote.trim() === '' ? label : `${label}\n\n${fenced(quote)}`;
}

/** A list below a line that opens it. */
function folded(title: string, items: readonly string[]): string[] {
	if (items.length === 0) return [];
	const list = items.map((item) => `- ${item.replaceAll('\n', ' ')}`).join('\n');
	return [`<details><summary>${title} (${items.length})</summary>\n\n${list}\n\n</details>`];
}
