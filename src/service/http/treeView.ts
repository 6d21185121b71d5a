import { inWords } from '../../core/modes.ts';
import { present } from '../../core/present.ts';
import type { CallNode, CodeNode, IterationNode, RunNode, RunTree, TreeNode } from '../../core/tree.ts';

/** Longest text in the tree; the events have the full texts. Characters. */
const TEXT_CHARACTERS = 2_000;

/** Builds the tree of an execution as nested JSON; null before its run has started. */
export function treeView(tree: RunTree): object | null {
	const root = tree.root === undefined ? undefined : tree.nodes.get(tree.root);
	return root === undefined ? null : nodeView(tree, root);
}

function nodeView(tree: RunTree, node: TreeNode): object {
	const { id, kind, status, startedAt, endedAt, own, subtree } = node;
	const children = node.children.flatMap((child) => tree.nodes.get(child) ?? []);
	return present({
		id,
		kind,
		status,
		startedAt: new Date(startedAt).toISOString(),
		durationMs: endedAt === undefined ? undefined : endedAt - startedAt,
		own,
		subtree,
		...factsOf(node),
		children: children.map((child) => nodeView(tree, child)),
	});
}

function factsOf(node: TreeNode): object {
	switch (node.kind) {
		case 'run':
			return runFacts(node);
		case 'iteration':
			return iterationFacts(node);
		case 'code':
			return codeFacts(node);
		case 'call':
			return callFacts(node);
	}
}

function runFacts({ runId, start, notices, ...end }: RunNode): object {
	const { outcome, reason, found, answer, citations, unsupported, conflicts, error } = end;
	const { query, depth, rootModel, rootServer, subModel, subServer } = start;
	const facts = { runId, query: cut(query), depth, rootModel, rootServer, subModel, subServer, notices };
	const { mode, reason: modeReason } = end.mode ?? {};
	const way = { mode, modeReason: modeReason && inWords(modeReason), plan: end.plan?.plan };
	return {
		...facts,
		...present(way),
		outcome,
		reason,
		found,
		answer: cut(answer),
		citations,
		unsupported,
		conflicts,
		error,
	};
}

function iterationFacts({ index, isSalvage, text, message, notices, failedAttempts }: IterationNode): object {
	const { server, model, finishReason } = message ?? {};
	return { index, isSalvage, text: cut(text), server, model, finishReason, notices, failedAttempts };
}

function codeFacts({ code, output, result }: CodeNode): object {
	return { code: cut(code), output: cut(output), error: result?.error, changed: result?.changed };
}

function callFacts({ start, result, failedAttempts }: CallNode): object {
	const { preview, spans } = start;
	const { server, model, reply, failure, attempts, queueMs } = result ?? {};
	const answer = reply === undefined ? undefined : cut(reply);
	return { call: start.kind, preview, spans, server, model, reply: answer, failure, attempts, queueMs, failedAttempts };
}

function cut(text: string): string {
	return text.length <= TEXT_CHARACTERS ? text : `${text.slice(0, TEXT_CHARACTERS)}…`;
}
