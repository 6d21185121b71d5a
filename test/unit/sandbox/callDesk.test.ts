import { describe, expect, it } from 'vitest';
import type { QueryReply, SubQuery } from '../../../src/core/ports/sandbox.ts';
import { CallDesk, type ReplySink } from '../../../src/sandbox/host/callDesk.ts';

interface Started {
	readonly query: SubQuery;
	readonly signal: AbortSignal;
	finish(reply: QueryReply): void;
}

function createDesk() {
	const started: Started[] = [];
	const replies: { request: number; header: unknown; text: string }[] = [];
	const host = {
		query: (queries: readonly SubQuery[], signal: AbortSignal) =>
			queries.map((query) => new Promise<QueryReply>((finish) => void started.push({ query, signal, finish }))),
		budget: () => ({}),
	};
	const reply: ReplySink = (request, header, payload) => {
		replies.push({ request, header, text: Buffer.from(payload).toString() });
	};
	const desk = new CallDesk(() => host, reply);
	const submit = (...prompts: readonly string[]) => {
		const calls = prompts.map((prompt) => ({ id: Number(prompt), kind: 'llm', promptBytes: prompt.length }) as const);
		desk.submit({ op: 'submit', calls }, Buffer.from(prompts.join('')));
	};
	const wait = (request: number, ids: number[], needsAll: boolean, timeoutMs: number | null = null) =>
		desk.wait({ op: 'wait', request, ids, needsAll, timeoutMs });
	return { desk, started, replies, submit, wait };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the call desk', () => {
	it('refuses calls without end whose replies nobody takes, and takes new ones in the next cell', () => {
		const { desk } = createDesk();
		const submit = (first: number) => {
			const calls = Array.from(
				{ length: 4000 },
				(_, index) => ({ id: first + index, kind: 'llm', promptBytes: 0 }) as const,
			);
			desk.submit({ op: 'submit', calls }, new Uint8Array());
		};
		expect(() => {
			for (let first = 0; first < 1_000_000; first += 4000) submit(first);
		}).toThrow(RangeError);
		desk.endCell();
		submit(0);
	});

	it('waits as long as a timer can count when it is asked to wait longer', async () => {
		const { replies, submit, wait } = createDesk();
		submit('1');
		wait(7, [1], true, Number.MAX_SAFE_INTEGER);
		await settled();
		expect(replies).toEqual([]);
	});

	it('answers a wait for all when the last reply is there', async () => {
		const { started, replies, submit, wait } = createDesk();
		submit('1', '2');
		wait(7, [1, 2], true);
		started[1]?.finish({ text: 'zwei' });
		await settled();
		expect(replies).toEqual([]);
		started[0]?.finish({ text: 'é', failure: 'server' });
		await settled();
		const done = [
			{ id: 1, bytes: 2, failure: 'server' },
			{ id: 2, bytes: 4 },
		];
		expect(replies).toEqual([{ request: 7, header: { done }, text: 'ézwei' }]);
	});

	it('answers a wait for any with all that are there', async () => {
		const { started, replies, submit, wait } = createDesk();
		submit('1', '2', '3');
		started[0]?.finish({ text: 'a' });
		started[1]?.finish({ text: 'b' });
		await settled();
		wait(1, [1, 2, 3], false);
		await settled();
		expect(replies.map(({ text }) => text)).toEqual(['ab']);
	});

	it('answers a wait at its time-out with what there is', async () => {
		const { started, replies, submit, wait } = createDesk();
		submit('1', '2');
		started[0]?.finish({ text: 'a' });
		await settled();
		wait(1, [1, 2], true, 1);
		await expect.poll(() => replies.length).toBe(1);
		expect(replies[0]?.header).toEqual({ done: [{ id: 1, bytes: 1 }] });
	});

	it('answers only the newest wait', async () => {
		const { started, replies, submit, wait } = createDesk();
		submit('1');
		wait(1, [1], true);
		wait(2, [1], true);
		started[0]?.finish({ text: 'a' });
		await settled();
		expect(replies.map(({ request }) => request)).toEqual([2]);
	});

	it('treats calls that it does not know as over', async () => {
		const { replies, wait } = createDesk();
		wait(1, [99], true);
		await settled();
		expect(replies[0]?.header).toEqual({ done: [{ id: 99, bytes: expect.any(Number), failure: 'cancelled' }] });
	});

	it('aborts calls that were submitted together when the last of them is given up', () => {
		const { desk, started, submit } = createDesk();
		submit('1', '2');
		desk.cancel([1]);
		expect(started[0]?.signal.aborted).toBe(false);
		desk.cancel([2]);
		expect(started[0]?.signal.aborted).toBe(true);
	});

	it('aborts everything at the end of the cell, and forgets late replies', async () => {
		const { desk, started, replies, submit, wait } = createDesk();
		submit('1');
		wait(1, [1], true);
		desk.endCell();
		expect(started[0]?.signal.aborted).toBe(true);
		started[0]?.finish({ text: 'late' });
		await settled();
		expect(replies).toEqual([]);
	});

	it('refuses lengths that do not fit and ids that are taken', () => {
		const { desk, submit } = createDesk();
		submit('1');
		expect(() => submit('1')).toThrow(RangeError);
		const calls = [{ id: 5, kind: 'llm', promptBytes: 9 }] as const;
		expect(() => desk.submit({ op: 'submit', calls: [...calls] }, Buffer.from('short'))).toThrow(RangeError);
	});
});
