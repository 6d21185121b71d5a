import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { lighten } from '../../../src/core/lighten.ts';
import { emptyTree, foldEvent } from '../../../src/core/tree.ts';
import { EventLog } from '../../../src/vscode/runs/eventLog.ts';
import { LONG_PROMPT, numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

const ALL = { events: 1000, characters: 1_000_000 };

function logOf(events: readonly RunEvent[]): EventLog {
	const log = new EventLog();
	for (const event of events) log.append(event);
	return log;
}

it('gives a late reader the same tree, without the pieces of complete texts', () => {
	const events = numbered(SAMPLE_BODIES).map(lighten);
	const { events: read, next } = logOf(events).slice(0, ALL);
	expect(next).toBe(events.length);
	expect(read.map(({ type }) => type)).not.toContain('message-delta');
	expect(read.map(({ type }) => type)).not.toContain('output-delta');
	const live = events.reduce(foldEvent, emptyTree());
	const late = read.reduce(foldEvent, emptyTree());
	expect(late.nodes).toEqual(live.nodes);
});

it('keeps the pieces of what still streams', () => {
	const events = numbered(SAMPLE_BODIES.slice(0, 4));
	expect(logOf(events).slice(0, ALL).events.at(-1)?.type).toBe('message-delta');
});

it('is read in slices that are bounded in count and characters but never empty', () => {
	const events = numbered(SAMPLE_BODIES);
	const log = logOf(events);
	const read: RunEvent[] = [];
	for (let from = 0; from < log.length; ) {
		const slice = log.slice(from, { events: 3, characters: 10 });
		expect(slice.events.length).toBeLessThanOrEqual(3);
		expect(slice.next).toBeGreaterThan(from);
		read.push(...slice.events);
		from = slice.next;
	}
	expect(read).toEqual(log.slice(0, ALL).events);
	expect(log.slice(log.length, ALL)).toEqual({ events: [], next: log.length });
});

it('bounded events hold no prompts and no transcripts', () => {
	const text = JSON.stringify(numbered(SAMPLE_BODIES).map(lighten));
	expect(text).not.toContain(LONG_PROMPT);
	expect(text).toContain('The server listens on port 8080.');
});
