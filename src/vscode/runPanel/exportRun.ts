import { l10n, type SaveDialogOptions, Uri, window, workspace } from 'vscode';
import { throwIfCancelled } from '../../core/errors.ts';
import { formatCost, formatDuration } from '../../core/figures.ts';
import { present } from '../../core/present.ts';
import { type RunTree, rootRun, type TreeNode } from '../../core/tree.ts';
import { readJournal } from '../../journal/readJournal.ts';
import { Breather } from '../../node/breather.ts';
import { renderAnswer } from '../answerDocument.ts';
import { tokensText } from '../figures.ts';
import type { Log } from '../log.ts';
import type { Run } from '../runs/run.ts';
import { defaultFolder } from './panelActions.ts';

/** Exports a run to a file that the user chooses: Markdown to read, or JSON with every event. */
export async function exportRun(run: Run, log: Log): Promise<void> {
	const folder = defaultFolder();
	const target = await window.showSaveDialog(
		present<SaveDialogOptions>({
			title: l10n.t('Export Run'),
			filters: { Markdown: ['md'], JSON: ['json'] },
			defaultUri: folder ? Uri.joinPath(folder, `rlm-${run.id}.md`) : undefined,
		}),
	);
	if (!target) return;
	const isJson = target.path.endsWith('.json');
	const text = isJson ? await asJson(run, new AbortController().signal) : await asMarkdown(run);
	await workspace.fs.writeFile(target, new TextEncoder().encode(text));
	log.info(l10n.t('run {0} exported to {1}', run.id, target.toString()));
	const open = l10n.t('Open');
	const chosen = await window.showInformationMessage(l10n.t('The run was exported.'), open);
	if (chosen === open) await window.showTextDocument(target);
}

/** Renders a run as Markdown: question, answer and evidence, then every iteration, with the texts of the tree. */
export async function asMarkdown(run: Run): Promise<string> {
	const root = rootRun(run.tree);
	const result = await run.result.catch(() => undefined); // an interrupted run has no result, but it has its iterations
	const head = result ? renderAnswer(run.question, result, run.tree, () => undefined) : `# ${run.question}\n`;
	const iterations = root ? root.children.flatMap((id) => nodeLines(run.tree, id, 0)) : [];
	return [head, `## ${l10n.t('What happened')}`, '', ...iterations, ''].join('\n');
}

function nodeLines(tree: RunTree, id: string, depth: number): string[] {
	const node = tree.nodes.get(id);
	if (!node) return [];
	const indent = '  '.repeat(depth);
	const own = nodeText(node).map((line, index) => `${indent}${index === 0 ? '- ' : '  '}${line}`);
	return [...own, ...node.children.flatMap((child) => nodeLines(tree, child, depth + 1))];
}

function nodeText(node: TreeNode): string[] {
	const took = node.endedAt === undefined ? undefined : formatDuration(node.endedAt - node.startedAt);
	const figures = [node.status, tokensText(node.subtree), formatCost(node.subtree), took].filter(Boolean).join(' · ');
	switch (node.kind) {
		case 'run':
			return [`**${l10n.t('Child run')}** ${inline(node.start.query)} (${figures})`];
		case 'iteration':
			return [`**${l10n.t('Iteration {0}', node.index)}** (${figures})`];
		case 'code':
			return [`${l10n.t('Cell')} (${figures})`, '', ...fenced('python', node.code), ...fenced('text', node.output)];
		case 'call':
			return [`${l10n.t('Sub-call')} ${inline(node.start.preview)} → ${inline(node.result?.reply ?? '')} (${figures})`];
	}
}

function inline(text: string): string {
	return text
		.replace(/\s+/g, ' ')
		.slice(0, 300)
		.replace(/[\\`*_[\]<>!]/g, '\\$&');
}

function fenced(language: string, text: string): string[] {
	if (text.trim() === '') return [];
	const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
	const fence = '`'.repeat(longest + 1);
	return [`${fence}${language}`, ...text.trimEnd().split('\n'), fence, ''];
}

/** Renders a run as JSON: its facts, and every event with full texts. */
export async function asJson(run: Run, signal: AbortSignal): Promise<string> {
	const { id, question, contextLabel, state, startedAt, endedAt, journal } = run;
	const head = JSON.stringify({ id, question, contextLabel, state, startedAt, endedAt });
	const events: string[] = [];
	const breather = new Breather();
	const source = journal === undefined ? run.log.slice(0, ALL).events : readJournal(journal);
	for await (const event of source) {
		throwIfCancelled(signal);
		events.push(JSON.stringify(event));
		await breather.breathe();
	}
	return `${head.slice(0, -1)},"events":[\n${events.join(',\n')}\n]}\n`;
}

const ALL = { events: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY } as const;
