import type { ChildReply } from './calls.ts';
import type { SubQuery } from './ports/sandbox.ts';
import { present } from './present.ts';
import type { RunRequest } from './request.ts';
import type { RunPlace, Shared } from './runState.ts';

/** Starts a child run: the same models, its own question, and either its own text or the parent's corpus. */
export function childStarter(request: RunRequest, shared: Shared, parent: RunPlace) {
	return async (query: SubQuery, nodeId: string, signal: AbortSignal): Promise<ChildReply> => {
		const { histories: _, memory: _memory, outputFields: _fields, output: _output, ...shareable } = request;
		const { runId: _id, repl: _repl, earlier: _earlier, ...inherited } = shareable;
		const { textContext } = shared.deps;
		const contexts =
			query.context === undefined
				? request.contexts
				: [await textContext('text given by the parent run', query.context)];
		const child: RunRequest = {
			...inherited,
			query: query.prompt,
			contexts,
			...present({ rootModel: query.model }),
		};
		const runId = shared.deps.createId();
		const result = await shared.runChild(
			child,
			shared,
			{ runId, nodeId: runId, parentId: nodeId, depth: parent.depth + 1 },
			signal,
		);
		if (result.answer !== '') return { text: result.answer, totals: result.totals };
		const why = result.error?.message ?? `it ended without an answer (${result.reason ?? result.outcome})`;
		return { text: `the child run gave no answer: ${why}`, failure: 'child', totals: result.totals };
	};
}
