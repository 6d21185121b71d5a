import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import type { ChatHead, ShownExchange } from '../../../src/protocol/chat.ts';
import { fromChatSchema, MAX_QUESTION } from '../../../src/protocol/chat.ts';
import { InputHistory, Store } from '../../../webview/chat/store.ts';

const head: ChatHead = { id: 'c1', chips: [], likely: 'notes.txt', isBuiltinOnly: false, asked: [] };
const exchange: ShownExchange = {
	id: 't1',
	question: 'Why?',
	contextLabel: 'notes.txt',
	state: 'running',
	progress: 'iteration 1',
	draft: '',
	answer: '',
	citations: [],
	doubts: [],
	notes: [],
	error: undefined,
	figures: '',
};

describe('the page of the chat', () => {
	it('adds an exchange, replaces it while it goes on, and takes it back', () => {
		const store = new Store();
		store.take({ type: 'show', head, exchanges: [] });
		store.take({ type: 'exchange', conversation: 'c1', exchange });
		expect([store.exchanges.length, store.isBusy]).toEqual([1, true]);
		store.take({
			type: 'exchange',
			conversation: 'c1',
			exchange: { ...exchange, state: 'answered', answer: 'Because.' },
		});
		expect([store.exchanges.map(({ answer }) => answer), store.isBusy]).toEqual([['Because.'], false]);
		store.take({ type: 'take-back', conversation: 'c1', exchangeId: 't1' });
		expect(store.exchanges).toEqual([]);
	});

	it('ignores exchanges of a conversation that is not shown', () => {
		const store = new Store();
		store.take({ type: 'show', head, exchanges: [] });
		expect(store.take({ type: 'exchange', conversation: 'c2', exchange })).toBe(false);
		expect(store.exchanges).toEqual([]);
	});

	it('shows another conversation from its beginning', () => {
		const store = new Store();
		store.take({ type: 'show', head, exchanges: [exchange] });
		store.take({ type: 'show', head: { ...head, id: 'c2' }, exchanges: [] });
		expect([store.head?.id, store.exchanges.length]).toEqual(['c2', 0]);
	});
});

describe('earlier questions', () => {
	it('are recalled backwards, and forwards up to the unsent text', () => {
		const history = new InputHistory();
		history.replace(['one', 'two']);
		expect([history.previous('thr'), history.previous('two'), history.previous('one')]).toEqual([
			'two',
			'one',
			undefined,
		]);
		expect([history.next(), history.next(), history.next()]).toEqual(['two', 'thr', undefined]);
	});

	it('keep their position when sent again unchanged, and start at the end when one is added', () => {
		const history = new InputHistory();
		history.replace(['one', 'two']);
		history.previous('');
		history.replace(['one', 'two']);
		expect(history.shown).toBe('two');
		history.replace(['one', 'two', 'three']);
		expect(history.previous('')).toBe('three');
	});

	it('are none at first', () => {
		const history = new InputHistory();
		expect([history.previous('a'), history.next()]).toEqual([undefined, undefined]);
	});
});

describe('messages of the page', () => {
	const isUnderstood = (message: unknown) => safeParse(fromChatSchema, message).success;

	it('are bounded', () => {
		expect(isUnderstood({ type: 'ask', question: 'Why?' })).toBe(true);
		expect(isUnderstood({ type: 'ask', question: '   ' })).toBe(false);
		expect(isUnderstood({ type: 'ask', question: 'a'.repeat(MAX_QUESTION + 1) })).toBe(false);
		expect(isUnderstood({ type: 'open-place', exchangeId: 't1', path: 'a.ts', startLine: 0, endLine: 1 })).toBe(false);
		expect(isUnderstood({ type: 'exchange', exchangeId: 't1', action: 'delete-everything' })).toBe(false);
		expect(isUnderstood({ type: 'open-place', exchangeId: 't1', path: 'a.ts', startLine: 3, endLine: 4 })).toBe(true);
	});
});
