import { formatCost, formatDuration, formatTokens } from '../core/figures.ts';
import { oneLine } from '../core/printable.ts';
import type { CallNode, CodeNode, IterationNode, RunNode, TreeNode } from '../core/tree.ts';
import { plural } from './format.ts';

/** Texts about a node in a line of progress or in the tree. */
export function textsOf(node: TreeNode): { title: string; note: string } {
	const texts = rawTextsOf(node);
	return { title: oneLine(texts.title), note: oneLine(texts.note) };
}

function rawTextsOf(node: TreeNode): { title: string; note: string } {
	switch (node.kind) {
		case 'run':
			return { title: node.start.query, note: runNote(node) };
		case 'iteration':
			return { title: node.isSalvage ? 'closing iteration' : `iteration ${node.index}`, note: iterationNote(node) };
		case 'code':
			return { title: 'code', note: codeNote(node) };
		case 'call':
			return { title: node.start.kind === 'rlm' ? 'child run' : 'call', note: callNote(node) };
	}
}

function runNote(node: RunNode): string {
	if (node.error) return node.error.message;
	if (node.reason) return `limit: ${node.reason}`;
	const models = node.parentId === undefined ? new Set([node.start.rootModel, node.start.subModel]) : [];
	return [[...models].join(', '), node.notices.at(-1) ?? ''].filter((part) => part !== '').join(' · ');
}

function iterationNote(node: IterationNode): string {
	if (node.message) return node.notices.at(-1) ?? '';
	const failure = node.failedAttempts.at(-1);
	if (node.status !== 'running') return failure ?? '';
	if (node.text !== '') return `writing, ${plural(node.text.length, 'character')}`;
	if (node.reasoning !== '') return `thinking, ${plural(node.reasoning.length, 'character')}`;
	return failure ?? 'waiting for the model';
}

function codeNote({ code, result, output }: CodeNode): string {
	if (result?.error) {
		const { type, message, line } = result.error;
		return `${type}: ${message}${line === undefined ? '' : ` (line ${line})`}`;
	}
	const firstLine = code.split('\n').find((line) => line.trim() !== '' && !line.trim().startsWith('#')) ?? '';
	const size = plural(code.trim().split('\n').length, 'line');
	const printed = output === '' ? '' : `, ${plural(output.length, 'character')} printed`;
	return `${firstLine.trim().slice(0, 60)}  (${size}${printed})`;
}

function callNote({ start, result, failedAttempts }: CallNode): string {
	const model = result?.model ?? start.model;
	const state = result?.failure ?? (result?.status === 'memo' ? 'answered before' : failedAttempts.at(-1));
	return [start.preview, model === undefined ? '' : `→ ${model}`, state === undefined ? '' : `(${state})`].join(' ');
}

/** Formats figures: `1.3k tokens · $0.011 · 1.1 s`. */
export function figures({ subtree }: Pick<TreeNode, 'subtree'>, durationMs: number): string {
	return [formatTokens(subtree), formatCost(subtree), formatDuration(Math.max(0, durationMs))]
		.filter((part) => part !== undefined)
		.join(' · ');
}
