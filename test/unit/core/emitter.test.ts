import { expect, it } from 'vitest';
import { Emitter } from '../../../src/core/emitter.ts';
import type { RunEvent } from '../../../src/core/events.ts';

const node = (nodeId: string) => ({ runId: 'r', nodeId, parentId: 'r' });

async function collect(emitter: Emitter): Promise<RunEvent[]> {
	const events: RunEvent[] = [];
	emitter.end();
	for await (const event of emitter.events) events.push(event);
	return events;
}

it('joins streamed text of a node and flushes it before the next event of the node', async () => {
	const emitter = new Emitter(() => 7);
	emitter.delta(node('a'), 'Hel', 'text');
	emitter.delta(node('b'), 'other', 'text');
	emitter.delta(node('a'), 'lo', 'text');
	emitter.emit({ type: 'notice', ...node('a'), audience: 'model', text: 'n' });
	const events = await collect(emitter);
	expect(events.map((event) => [event.type, event.nodeId, 'text' in event ? event.text : ''])).toEqual([
		['message-delta', 'a', 'Hello'],
		['notice', 'a', 'n'],
		['message-delta', 'b', 'other'],
	]);
});

it('keeps reasoning and text apart, in order', async () => {
	const emitter = new Emitter(() => 7);
	emitter.delta(node('a'), 'hm', 'reasoning');
	emitter.delta(node('a'), 'yes', 'text');
	const events = await collect(emitter);
	expect(events.map((event) => event.type === 'message-delta' && [event.channel, event.text])).toEqual([
		['reasoning', 'hm'],
		['text', 'yes'],
	]);
});

it('numbers the events of the whole tree without gaps', async () => {
	const emitter = new Emitter(() => 7);
	for (const id of ['a', 'b', 'c']) emitter.emit({ type: 'notice', ...node(id), audience: 'user', text: id });
	expect((await collect(emitter)).map(({ seq }) => seq)).toEqual([0, 1, 2]);
});
