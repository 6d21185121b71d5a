import { describe, expect, it } from 'vitest';
import { isComputed } from '../../../src/modes/guided/question.ts';

describe('a question', () => {
	it.each([
		'How many are late?',
		'What is the total amount?',
		'Who has the most hours?',
		'Wie viele Zeilen sind Fehler?',
	])('has to be computed: %s', (question) => expect(isComputed(question)).toBe(true));
	it.each(['Who repaired the winch?', 'Where is the delay set?', 'What is the passphrase for node 17?'])(
		'is read: %s',
		(question) => expect(isComputed(question)).toBe(false),
	);
});
