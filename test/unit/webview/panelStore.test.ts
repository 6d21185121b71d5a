import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import type { FromPanel, ShownRun, ToPanel } from '../../../src/protocol/panel.ts';
import { type Kept, Store } from '../../../webview/panel/store.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

const EVENTS = numbered(SAMPLE_BODIES);
const CALL = 'run-1/1/c1/q1';

function shown(id: string): ToPanel {
	const run: ShownRun = {
		id,
		question: 'Which port?',
		contextLabel: 'folder demo',
		state: 'running',
		startedAt: 0,
		endedAt: undefined,
		progress: '',
		error: '',
		hasJournal: true,
	};
	return { type: 'show', run, isOnlyRun: false };
}

function slice(runId: string, events: readonly RunEvent[]): ToPanel {
	return { type: 'events', runId, events, next: events.length };
}

/** The events up to the first one of this type for a node, which is left out. */
function until(type: RunEvent['type'], nodeId: string): readonly RunEvent[] {
	return EVENTS.slice(
		0,
		EVENTS.findIndex((event) => event.type === type && event.nodeId === nodeId),
	);
}

describe('the page of a run', () => {
	let posted: FromPanel[] = [];
	const asked = () => posted.flatMap((message) => (message.type === 'texts' ? [message.nodeId] : []));
	const open = (kept?: Kept) =>
		new Store(
			(message) => posted.push(message),
			kept,
			() => {},
		);

	beforeEach(() => {
		posted = [];
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it('restores the run that it showed', () => {
		const store = open({ runId: 'run-1', selectedId: CALL, tab: 'tree', isFollowing: false, scrollTop: 44 });
		store.take(shown('run-1'));
		store.take(slice('run-1', EVENTS));
		expect([store.isFollowing, store.selectedId, store.scrollTop]).toEqual([false, CALL, 44]);
	});

	it('follows another run than the one that it showed before it was hidden', () => {
		const store = open({ runId: 'run-0', selectedId: 'run-0/1', tab: 'timeline', isFollowing: false, scrollTop: 44 });
		expect(store.kept.runId).toBe('run-0');
		store.take(shown('run-1'));
		store.take(slice('run-1', until('call-end', CALL)));
		expect([store.isFollowing, store.selectedId, store.scrollTop]).toEqual([true, 'run-1/1/c1', 0]);
		expect(store.tab).toBe('timeline');
	});

	it('shows all of another run, without the filter of the previous one', () => {
		const store = open();
		store.take(shown('run-0'));
		store.setFilter({ status: 'partial' });
		store.take(shown('run-1'));
		store.take(slice('run-1', EVENTS));
		expect(store.rows.length).toBeGreaterThan(1);
	});

	it('requests the full texts of a node that was selected while under way, once it has ended', () => {
		const store = open();
		const early = until('call-end', CALL);
		store.take(shown('run-1'));
		store.take(slice('run-1', early));
		store.follow(false);
		store.select(CALL);
		vi.advanceTimersByTime(1000);
		expect(asked()).not.toContain(CALL);
		store.take(slice('run-1', EVENTS.slice(early.length)));
		vi.advanceTimersByTime(1000);
		expect(asked().filter((id) => id === CALL)).toEqual([CALL]);
	});

	it('repeats a request for texts that a newer one had ended', () => {
		const store = open();
		store.take(shown('run-1'));
		store.take(slice('run-1', EVENTS));
		for (const id of [CALL, 'run-1/1/c1/q2', CALL]) {
			store.select(id);
			vi.advanceTimersByTime(1000);
		}
		expect(asked().slice(-3)).toEqual([CALL, 'run-1/1/c1/q2', CALL]);
	});
});
