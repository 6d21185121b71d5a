import type { Frame } from 'playwright-core';
import type { RunEvent } from '../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits.ts';
import { ms } from '../measure.ts';
import { inWindow } from './window.ts';

const EVENTS = 50_000;
/** Events of one message, as the extension sends them at most. */
const SLICE = 500;
/** Between two messages: 50,000 events arrive in about 4 s, many times faster than any run makes them. ms */
const PAUSE_MS = 40;

/** Frame times of the panel while 50,000 events stream in, and of scrolling afterwards; memory of the page. Target: p95 < 33 ms. */
export async function benchPanelStream(): Promise<void> {
	await inWindow(async (workbench) => {
		await workbench.openFile('notes.txt');
		await workbench.runCommand('RLM: Query Buffer', true);
		await workbench.answerInput('How many?');
		await workbench.panel.locator('.summary', { hasText: 'answered' }).waitFor();
		const frame = await (await workbench.panel.locator('body').elementHandle())?.ownerFrame();
		if (!frame) throw new Error('the panel has no frame');
		const idle = await frames(frame, 'await new Promise((resolve) => setTimeout(resolve, 2000));');
		print('frames of the idle panel', idle.times);
		const before = await heapMb(frame);
		const events = manyEvents();
		await frame.evaluate((all) => Object.assign(globalThis, { rlmBench: all }), events as unknown as object[]);
		const streaming = await frames(frame, STREAM);
		print(`frames while ${events.length} events stream in`, streaming.times);
		console.log(
			`  longest task ${ms(streaming.longestTask)}, page heap ${before} MB before, ${await heapMb(frame)} MB after`,
		);
		const scrolling = await frames(frame, SCROLL);
		print(
			`frames while scrolling ${await frame.evaluate('document.querySelector(".tree-canvas").clientHeight / 22')} lines`,
			scrolling.times,
		);
	});
}

/** Feeds the page as the extension does: a run, then slices of its events. */
const STREAM = `
	const run = { id: 'bench', question: 'bench', contextLabel: '', state: 'running', startedAt: Date.now(),
		progress: '', error: '', canRerun: false, hasJournal: false };
	window.postMessage({ type: 'show', run, isOnlyRun: true }, '*');
	const all = globalThis.rlmBench;
	for (let from = 0; from < all.length; from += ${SLICE}) {
		window.postMessage({ type: 'events', runId: 'bench', events: all.slice(from, from + ${SLICE}), next: from }, '*');
		await new Promise((resolve) => setTimeout(resolve, ${PAUSE_MS}));
	}`;

const SCROLL = `
	const tree = document.querySelector('.tree');
	tree.dispatchEvent(new WheelEvent('wheel', { deltaY: -1 }));
	for (let step = 0; step < 120; step++) {
		tree.scrollTop = (tree.scrollHeight - tree.clientHeight) * (step / 119);
		await new Promise((resolve) => requestAnimationFrame(resolve));
	}`;

interface Frames {
	/** ms between two frames. */
	readonly times: number[];
	/** ms */
	readonly longestTask: number;
}

/** Times between the frames of the page while a script runs. */
async function frames(frame: Frame, work: string): Promise<Frames> {
	return frame.evaluate<Frames>(`(async () => {
		const times = [];
		let longestTask = 0;
		let last = performance.now();
		let isOver = false;
		const observer = new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
		});
		observer.observe({ entryTypes: ['longtask'] });
		const tick = (now) => {
			times.push(now - last);
			last = now;
			if (!isOver) requestAnimationFrame(tick);
		};
		requestAnimationFrame(tick);
		await (async () => { ${work} })();
		isOver = true;
		observer.disconnect();
		return { times: times.slice(1), longestTask };
	})()`);
}

async function heapMb(frame: Frame): Promise<number> {
	return Math.round((await frame.evaluate<number>('performance.memory.usedJSHeapSize')) / 2 ** 20);
}

function print(what: string, times: readonly number[]): void {
	const sorted = [...times].sort((a, b) => a - b);
	const at = (share: number) =>
		ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
	console.log(`${what}: ${sorted.length} frames, p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)}`);
}

/** A run of 50,000 events: iterations with streamed replies, code, and sub-calls that overlap. */
function manyEvents(): RunEvent[] {
	const bodies: object[] = [
		{
			...{
				type: 'run-start',
				runId: 'bench',
				nodeId: 'bench',
				query: 'bench',
				contexts: [],
				depth: 0,
				limits: DEFAULT_LIMITS,
			},
			...{ rootModel: 'm', rootServer: 's', subModel: 'm', subServer: 's', isBuiltin: false, profile: 'default' },
		},
	];
	for (let index = 1; bodies.length < EVENTS; index++) bodies.push(...iterationEvents(index));
	return bodies.slice(0, EVENTS).map((body, seq) => ({ ...body, seq, at: Date.now() + seq }) as RunEvent);
}

function iterationEvents(index: number): object[] {
	const node = { runId: 'bench', nodeId: `t${index}`, parentId: 'bench' };
	const cell = { runId: 'bench', nodeId: `c${index}`, parentId: node.nodeId };
	const usage = { promptTokens: 1000, completionTokens: 50, isEstimate: false };
	const model = { usage, costUsd: 0.001, server: 'gpu-1', model: 'm', attempts: 1, queueMs: 5, durationMs: 200 };
	const own = { usage, costUsd: 0.001, unpricedCalls: 0, calls: 1 };
	const deltas = Array.from({ length: 60 }, (_, piece) => ({
		type: 'message-delta',
		...node,
		text: `word ${piece} `,
		channel: 'text',
	}));
	const calls = Array.from({ length: 100 }, (_, call) => ({
		runId: 'bench',
		nodeId: `q${index}.${call}`,
		parentId: cell.nodeId,
	}));
	return [
		{ type: 'iteration-start', ...node, index, isSalvage: false, messages: [] },
		...deltas,
		{ type: 'message-end', ...node, text: 'code', reasoning: '', finishReason: 'stop', firstTokenMs: 20, ...model },
		{ type: 'code-start', ...cell, code: 'r = llm_query_batched(prompts)\nprint(len(r))' },
		...calls.map((call) => ({
			type: 'call-start',
			...call,
			kind: 'llm',
			prompt: '',
			preview: `Read part ${call.nodeId}`,
			spans: [],
		})),
		...calls.map((call) => ({ type: 'call-end', ...call, status: 'done', reply: 'nothing there', ...model })),
		{ type: 'output-delta', ...cell, stream: 'stdout', text: '100\n' },
		{ type: 'code-end', ...cell, stdout: '100\n', stderr: '', changed: [], spans: [], durationMs: 900 },
		{ type: 'iteration-end', ...node, index, own, subtree: own, durationMs: 1000 },
	];
}
