import { expect, it } from 'vitest';
import { splitRequest } from '../../../src/vscode/nativeChat/splitRequest.ts';

const long = 'long '.repeat(2_000);

it('takes long messages as the context and the last one as the question', () => {
	const request = splitRequest([
		{ role: 'user', text: long },
		{ role: 'assistant', text: 'I have read it.' },
		{ role: 'user', text: 'How long is it?' },
	]);
	expect(request).toEqual({
		question: 'How long is it?',
		texts: [long],
		history: [{ role: 'assistant', text: 'I have read it.' }],
	});
});

it('asks a short message about itself', () => {
	expect(splitRequest([{ role: 'user', text: 'Hello' }])).toEqual({ question: 'Hello', texts: ['Hello'], history: [] });
});

it('shows the ends of a long question, whose whole text is the context', () => {
	const message = `What follows is a log.\n${long}\nWhat went wrong?`;
	const { question, texts } = splitRequest([{ role: 'user', text: message }]);
	expect(texts).toEqual([message]);
	expect(question).toContain('What follows is a log.');
	expect(question).toContain('What went wrong?');
	expect(question.length).toBeLessThan(4_500);
});

it('takes a request without messages', () => {
	expect(splitRequest([])).toEqual({ question: '', texts: [''], history: [] });
});
