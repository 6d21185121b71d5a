import { describe, expect, it } from 'vitest';
import { isComparison, isComputed, isOfMany, isOverview } from '../../../src/modes/guided/question.ts';
import { isProse } from '../../../src/modes/guided/shape.ts';

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

	it.each(['Which of the reviews are negative?', 'List the names of all who complain.', 'How many are happy?'])(
		'is about many records: %s',
		(question) => expect(isOfMany(question)).toBe(true),
	);
	it.each(['Compare Oslo and Bergen.', 'What is the difference between A and B?', 'Was ist der Unterschied?'])(
		'compares: %s',
		(question) => expect(isComparison(question)).toBe(true),
	);
	it.each(['Summarise the report.', 'What are the main topics?', 'Worum geht es?'])(
		'wants an overview: %s',
		(question) => expect(isOverview(question)).toBe(true),
	);
	it('that names one thing is none of these', () => {
		const question = 'Who repaired the winch?';
		expect([isOfMany, isComparison, isOverview].map((is) => is(question))).toEqual([false, false, false]);
	});
});

describe('lines', () => {
	it.each([
		['reviews', ['Cem: The kettle broke after two days.', 'Dora: My whole family loves it.'], true],
		['a table with a column of text', ['id,text', '1,It broke after two days', '2,My family loves it'], true],
		['a table of values', ['id,region,amount', '1,North,20', '2,South,30'], false],
		[
			'a log',
			['2026-03-01 10:00:00 INFO the disk was scanned again', '2026-03-01 10:00:01 ERROR the net is gone'],
			false,
		],
		['code', ['import os', 'def run(self): pass', 'class Pool: pass'], false],
	])('hold sentences that may have to be judged, or not: %s', (_what, lines, expected) => {
		expect(isProse(lines)).toBe(expected);
	});
});
