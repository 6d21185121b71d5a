import { l10n } from 'vscode';
import { type RunTree, rootRun } from '../core/tree.ts';
import { costText, tokensText } from './figures.ts';

/** Gives the progress of a run in one line: iteration, sub-calls, tokens, cost. */
export function statusText(tree: RunTree): string {
	const root = rootRun(tree);
	if (!root) return l10n.t('starting');
	const nodes = [...tree.nodes.values()];
	const iterations = nodes.filter((node) => node.kind === 'iteration' && node.parentId === root.id);
	const calls = nodes.filter((node) => node.kind === 'call');
	const running = calls.filter((node) => node.status === 'running').length;
	const parts = [iterations.length > 0 ? l10n.t('iteration {0}', iterations.length) : l10n.t('starting')];
	if (calls.length > 0) parts.push(l10n.t('{0} of {1} sub-calls done', calls.length - running, calls.length));
	const tokens = tokensText(root.subtree);
	if (tokens !== undefined) parts.push(tokens);
	if (root.subtree.costUsd > 0) parts.push(costText(root.subtree));
	const failure = latestFailure(tree);
	return failure === undefined ? parts.join(' · ') : `${parts.join(' · ')} · ${failure}`;
}

/** Gives the latest failed attempt of a call that is still waiting for the next one. */
function latestFailure(tree: RunTree): string | undefined {
	for (const node of tree.nodes.values()) {
		if ((node.kind === 'iteration' || node.kind === 'call') && node.status === 'running') {
			const answered = node.kind === 'iteration' && node.message !== undefined;
			if (!answered && node.failedAttempts.length > 0) return node.failedAttempts.at(-1);
		}
	}
	return undefined;
}
