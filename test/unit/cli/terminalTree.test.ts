import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/cli/format.ts';
import { progressLine } from '../../../src/cli/progress.ts';
import { renderTree } from '../../../src/cli/terminalTree.ts';
import type { EventBody, RunEvent } from '../../../src/core/events.ts';
import { present } from '../../../src/core/present.ts';
import { emptyTree, foldEvent, type RunTree } from '../../../src/core/tree.ts';
import { GUIDED_BODIES, numbered, SAMPLE_BODIES, totals } from '../../support/sampleRun.ts';

const START = 1_760_000_000_000;

function treeOf(events: readonly RunEvent[]): RunTree {
	return events.reduce(foldEvent, emptyTree());
}

function view(changes: Partial<Parameters<typeof renderTree>[1]> = {}) {
	return { width: 100, height: 30, now: START + 2000, color: false, ...changes };
}

/** A run of finished iterations with one block of code each, and `calls` calls in the last block, not all ended. */
function longRun(iterations: number, calls: number, ended: number): RunEvent[] {
	const [start] = SAMPLE_BODIES;
	const bodies: EventBody[] = start ? [start] : [];
	for (let index = 1; index <= iterations; index++) {
		const turn = { runId: 'run-1', nodeId: `t${index}`, parentId: 'run-1' };
		const cell = { runId: 'run-1', nodeId: `c${index}`, parentId: turn.nodeId };
		bodies.push({ ...turn, type: 'iteration-start', index, isSalvage: false, messages: [] });
		bodies.push({
			...turn,
			type: 'message-end',
			text: 'code',
			reasoning: '',
			finishReason: 'stop',
			usage: { promptTokens: 2000, completionTokens: 100, isEstimate: false },
			server: 'hosted',
			model: 'big',
			attempts: 1,
			queueMs: 0,
			firstTokenMs: 1,
			durationMs: 2,
		});
		bodies.push({ ...cell, type: 'code-start', code: `step(${index})` });
		if (index === iterations) break;
		const facts = { stdout: 'ok', stderr: '', changed: [], spans: [], durationMs: 5 };
		bodies.push({ ...cell, type: 'code-end', ...facts });
		const own = totals(2000, 100);
		bodies.push({ ...turn, type: 'iteration-end', index, own, subtree: own, durationMs: 10 });
	}
	const call = (index: number) => ({ runId: 'run-1', nodeId: `q${index}`, parentId: `c${iterations}` });
	for (let index = 0; index < calls; index++) {
		const preview = `Summarise part ${index}`;
		bodies.push({ ...call(index), type: 'call-start', kind: 'llm', prompt: preview, preview, spans: [] });
	}
	for (let index = 0; index < ended; index++) {
		const isFailed = index < 2;
		bodies.push({
			...call(index),
			type: 'call-end',
			status: isFailed ? 'failed' : 'done',
			reply: '',
			...present({ failure: isFailed ? ('overloaded' as const) : undefined }),
			usage: { promptTokens: 100, completionTokens: 10, isEstimate: true },
			costUsd: 0.0001,
			attempts: 1,
			queueMs: 0,
			durationMs: 5,
		});
	}
	return numbered(bodies);
}

/** Child runs in child runs, so many levels deep, with a reply of the model on each. */
function nestedRun(depth: number): RunEvent[] {
	const levels = Array.from({ length: depth }, (_, level) => level);
	return numbered(levels.flatMap((level) => longRun(2, 1, 0).map((event) => atLevel(event, level))));
}

/** The event as one of the child run of that level, which hangs under the call of the level above. */
function atLevel(event: RunEvent, level: number): EventBody {
	const id = (name: string) => `${name}@${level}`;
	const parentId = event.parentId === undefined ? (level === 0 ? undefined : `q0@${level - 1}`) : id(event.parentId);
	const head = present({ runId: id(event.runId), nodeId: id(event.nodeId), parentId });
	return { ...event, ...head } as EventBody;
}

describe('the tree of a finished run', () => {
	it('shows run, iteration, code, calls, figures and citations', () => {
		expect(`\n${renderTree(treeOf(numbered(SAMPLE_BODIES)), view())}`).toMatchInlineSnapshot(`
			"
			✓ Which port does the server listen on?  big, small · 90 % of the li…  ~1.4k tokens · $0.011 · 1.6 s
			└ ✓ iteration 1                                                        ~1.4k tokens · $0.011 · 1.1 s
			  └ ✗ code  ValueError: no (line 1)                                   ~305 tokens · $0.0010 · 600 ms
			    ├ ✓ call  Which port does the server → small                      ~305 tokens · $0.0010 · 300 ms
			    └ ✗ call  Which port does the server (overloaded)                                         300 ms
			citations
			  src/server.ts:12  listen(8080)"
		`);
	});

	it('gives up the figures on a narrow terminal, and cuts long lines', () => {
		expect(`\n${renderTree(treeOf(numbered(SAMPLE_BODIES)), view({ width: 36 }))}`).toMatchInlineSnapshot(`
			"
			✓ Which port does the server listen…
			└ ✓ iteration 1
			  └ ✗ code  ValueError: no (line 1)
			    ├ ✓ call  Which port does the s…
			    └ ✗ call  Which port does the s…
			citations
			  src/server.ts:12  listen(8080)"
		`);
	});

	it('is the same text with colors as without', () => {
		const tree = treeOf(numbered(SAMPLE_BODIES));
		const colored = renderTree(tree, view({ color: true }));
		expect(colored).toContain('\u001b[');
		expect(stripVTControlCharacters(colored)).toBe(renderTree(tree, view()));
	});
});

describe('the tree of a run that goes on', () => {
	it('is empty before the run has started', () => {
		expect(renderTree(emptyTree(), view())).toBe('');
	});

	it('says the mode, why it was taken, and the plan', () => {
		const guided = treeOf(numbered(GUIDED_BODIES));
		expect(`\n${renderTree(guided, view())}`).toMatchInlineSnapshot(`
			"
			⠴ Which port does the server listen on?  big, small                                            2.0 s
			→ mode guided  The model is too small for a long conversation, so a plan leads it in short steps.
			→ plan table  It makes records of the text."
		`);
		const direct = { ...GUIDED_BODIES[1], mode: 'direct', reason: { kind: 'fits', tokens: 900 } } as EventBody;
		const later = foldEvent(guided, numbered([direct])[0] as RunEvent);
		expect(renderTree(later, view())).toContain(
			'→ mode direct  The whole context (about 900 tokens) fits into one call',
		);
		expect(renderTree(later, view())).not.toContain('plan');
	});

	it('says what a turn waits for', () => {
		const waiting = treeOf(numbered(SAMPLE_BODIES.slice(0, 2)));
		expect(renderTree(waiting, view())).toContain('waiting for the model');
		const retrying = treeOf(numbered(SAMPLE_BODIES.slice(0, 3)));
		expect(renderTree(retrying, view())).toContain('hosted is overloaded');
		const writing = treeOf(numbered(SAMPLE_BODIES.slice(0, 4)));
		expect(renderTree(writing, view())).toContain('writing, 12 characters');
	});

	it('groups the calls of a block', () => {
		expect(`\n${renderTree(treeOf(longRun(2, 40, 12)), view({ now: START + 9000 }))}`).toMatchInlineSnapshot(`
			"
			⠹ Which port does the server listen on?  big, small                 ~5.5k tokens · ≥ $0.0012 · 9.0 s
			├ ✓ iteration 1                                                                 2.1k tokens · 400 ms
			│ └ ✓ code  step(1) (1 line, 2 characters printed)                                            100 ms
			└ ⠹ iteration 2                                                     ~3.4k tokens · ≥ $0.0012 · 8.4 s
			  └ ⠹ code  step(2) (1 line)                                          ~1.3k tokens · $0.0012 · 8.2 s
			    └ ⠹ 12 of 40 calls done, 2 failed  overloaded                     ~1.3k tokens · $0.0012 · 8.1 s"
		`);
	});

	it('does not count cancelled calls as done, nor says that an interrupted turn still waits', () => {
		const events = longRun(1, 5, 2);
		const cancelled = ['q2', 'q3', 'q4'].map((nodeId) => ({
			runId: 'run-1',
			nodeId,
			parentId: 'c1',
			type: 'call-end' as const,
			status: 'cancelled' as const,
			reply: '',
			attempts: 0,
			queueMs: 0,
			durationMs: 5,
		}));
		const tree = treeOf([...events, ...numbered(cancelled)]);
		expect(renderTree(tree, view())).toContain('⊘ 2 of 5 calls done, 2 failed, 3 cancelled');
		const turn = { runId: 'run-1', nodeId: 'run-1/1', parentId: 'run-1' };
		const none = totals(0, 0, 0, 0);
		const ended = numbered([
			...SAMPLE_BODIES.slice(0, 2),
			{ ...turn, type: 'iteration-end', index: 1, own: none, subtree: none, durationMs: 1 },
		]);
		expect(renderTree(treeOf(ended), view())).not.toContain('waiting');
	});

	it('folds finished iterations when the height is short, then leaves out the oldest lines', () => {
		const tree = treeOf(longRun(6, 40, 12));
		expect(`\n${renderTree(tree, view({ height: 12 }))}`).toMatchInlineSnapshot(`
			"
			⠴ Which port does the server listen on?  big, small                  ~14k tokens · ≥ $0.0012 · 2.0 s
			├ ✓ iteration 1                                                                 2.1k tokens · 400 ms
			├ ✓ iteration 2                                                                 2.1k tokens · 400 ms
			├ ✓ iteration 3                                                                 2.1k tokens · 400 ms
			├ ✓ iteration 4                                                                 2.1k tokens · 400 ms
			├ ✓ iteration 5                                                                 2.1k tokens · 400 ms
			└ ⠴ iteration 6                                                      ~3.4k tokens · ≥ $0.0012 · 0 ms
			  └ ⠴ code  step(6) (1 line)                                           ~1.3k tokens · $0.0012 · 0 ms
			    └ ⠴ 12 of 40 calls done, 2 failed  overloaded                      ~1.3k tokens · $0.0012 · 0 ms"
		`);
		expect(`\n${renderTree(tree, view({ height: 6 }))}`).toMatchInlineSnapshot(`
			"
			⠴ Which port does the server listen on?  big, small                  ~14k tokens · ≥ $0.0012 · 2.0 s
			⋮ 4 earlier lines
			├ ✓ iteration 5                                                                 2.1k tokens · 400 ms
			└ ⠴ iteration 6                                                      ~3.4k tokens · ≥ $0.0012 · 0 ms
			  └ ⠴ code  step(6) (1 line)                                           ~1.3k tokens · $0.0012 · 0 ms
			    └ ⠴ 12 of 40 calls done, 2 failed  overloaded                      ~1.3k tokens · $0.0012 · 0 ms"
		`);
	});

	it('hangs a child run under its call', () => {
		const [start] = SAMPLE_BODIES;
		const call = { runId: 'run-1', nodeId: 'q1', parentId: 'run-1/1/c1' };
		const child = { runId: 'run-2', nodeId: 'run-2', parentId: 'q1' };
		const events = numbered([
			...SAMPLE_BODIES.slice(0, 6),
			{ ...call, type: 'call-start', kind: 'rlm', prompt: 'Read part one', preview: 'Read part one', spans: [] },
			{ ...(start as RunEvent & { type: 'run-start' }), ...child, query: 'Read part one', depth: 1 },
			{
				runId: 'run-2',
				nodeId: 'run-2.1',
				parentId: 'run-2',
				type: 'iteration-start',
				index: 1,
				isSalvage: false,
				messages: [],
			},
		]);
		expect(`\n${renderTree(treeOf(events), view())}`).toMatchInlineSnapshot(`
			"
			⠴ Which port does the server listen on?  big, small                     1.1k tokens · $0.010 · 2.0 s
			└ ⠴ iteration 1                                                         1.1k tokens · $0.010 · 1.9 s
			  └ ⠴ code  print(llm_query_batched(prompts)) (1 line)                                         1.5 s
			    └ ⠴ child run  Read part one                                                               1.4 s
			      └ ⠴ Read part one                                                                        1.3 s
			        └ ⠴ iteration 1  waiting for the model                                                 1.2 s"
		`);
	});
});

describe('every drawing', () => {
	const trees = [
		treeOf(numbered(SAMPLE_BODIES)),
		treeOf(longRun(6, 40, 12)),
		treeOf(longRun(2, 3, 1)),
		treeOf(nestedRun(12)),
	];

	it.each([1, 2, 3, 5, 8, 20])('fits into %i lines', (height) => {
		for (const tree of trees) {
			const lines = renderTree(tree, view({ height })).split('\n');
			expect(lines.length).toBeLessThanOrEqual(Math.max(height, 3));
		}
	});

	it.each([10, 20, 49, 50, 80, 200])('fits into %i columns', (width) => {
		for (const tree of trees) {
			for (const line of renderTree(tree, view({ width })).split('\n')) {
				expect(columnsOf(line)).toBeLessThanOrEqual(width);
			}
		}
	});

	it('measures wide characters and lets no escape sequence through', () => {
		const [start] = numbered(SAMPLE_BODIES);
		const query = `漢字かな交じり文はどこにあるか${'漢'.repeat(60)}\u001b[2J\u001b]0;title\u0007\r\n\u0000`;
		const tree = treeOf([{ ...start, query } as RunEvent]);
		const text = renderTree(tree, view({ width: 60 }));
		expect(columnsOf(text)).toBeLessThanOrEqual(60);
		expect(text).not.toMatch(/\p{Cc}/u);
	});
});

describe('progress that is no terminal', () => {
	it('says the mode and the plan when they begin', () => {
		const tree = emptyTree();
		const lines = numbered(GUIDED_BODIES).flatMap((event) => progressLine(foldEvent(tree, event), event) ?? []);
		expect(lines).toEqual([
			'mode: guided · The model is too small for a long conversation, so a plan leads it in short steps.',
			'plan: table · It makes records of the text.',
		]);
	});

	it('is one line for every node that ended', () => {
		const tree = emptyTree();
		const lines = numbered(SAMPLE_BODIES).flatMap((event) => progressLine(foldEvent(tree, event), event) ?? []);
		expect(`\n${lines.join('\n')}`).toMatchInlineSnapshot(`
			"
			      done: call  Which port does the server → small  [~305 tokens · $0.0010 · 300 ms]
			      failed: call  Which port does the server (overloaded)  [300 ms]
			    failed: code  ValueError: no (line 1)  [~305 tokens · $0.0010 · 600 ms]
			  done: iteration 1  [~1.4k tokens · $0.011 · 1.1 s]
			notice: 90 % of the limit of calls is used
			done: Which port does the server listen on?  big, small · 90 % of the limit of calls is used.  [~1.4k tokens · $0.011 · 1.6 s]"
		`);
	});
});
