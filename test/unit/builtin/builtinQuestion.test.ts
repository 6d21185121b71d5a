import { describe, expect, it } from 'vitest';
import { understand } from '../../../src/builtin/question.ts';

describe('understanding a question', () => {
	it.each([
		['How many TypeScript files are there?', 'count'],
		['How often is maxTokens used?', 'count'],
		['Count the TODO comments', 'count'],
		['What is the default number of iterations?', 'explain'],
		['List all error classes', 'list'],
		['What environment variables are read?', 'list'],
		['Which files import commander?', 'list'],
		['What is the largest file?', 'largest'],
		['Where is Budget defined?', 'where'],
		['Who calls salvage?', 'where'],
		['What does estimateTokens do?', 'explain'],
		['How does the scheduler work?', 'explain'],
		['Compare parse.ts and prompt.ts', 'compare'],
		['What is the difference between grep and search?', 'compare'],
		['Summarise this project', 'summary'],
		['What is this?', 'summary'],
		['Give me an overview of the context folder', 'summary'],
		['Why are messages append-only?', 'search'],
		['When did the server restart?', 'search'],
		['', 'search'],
	])('takes %j for the kind %s', (text, kind) => {
		expect(understand(text).kind).toBe(kind);
	});

	it.each([
		['How many functions are in run.ts?', 'functions'],
		['How many lines of Python code are there?', 'lines'],
		['List all environment variables', 'environment variables'],
		['What are the CLI options?', 'command-line options'],
		['List all exported names', 'exports'],
		['What error classes are there?', 'error classes'],
		['How many errors are in the log?', 'error lines'],
	])('finds what %j counts or lists: %s', (text, plural) => {
		expect(understand(text).topic?.plural).toBe(plural);
	});

	it.each([
		['Where is the function `parse reply` used?', ['parse reply']],
		['What does os.path.join do?', ['os.path.join']],
		['How many times does the word "error" appear?', ['error']],
		['Explain the BoundedCache class', ['BoundedCache']],
		['Where is MAX_RETRIES set?', ['MAX_RETRIES']],
		['What is the difference between grep and search?', ['grep', 'search']],
		['Where is the retry delay computed?', ['retry delay']],
	])('finds the subject of %j', (text, subjects) => {
		expect(understand(text).subjects).toEqual(subjects);
	});

	it('tells names and quotations from phrases', () => {
		expect(understand('Where is the retry delay computed?').isPhrase).toBe(true);
		expect(understand('Where is "retry delay" computed?').isPhrase).toBe(false);
	});

	it('finds files, folders and kinds of files', () => {
		const { paths, endings } = understand('How many Python files are in src/core and in the tools folder?');
		expect({ paths, endings }).toEqual({ paths: ['src/core', 'tools'], endings: ['.py', '.pyi'] });
	});

	it('asks for occurrences when lines or files have a condition', () => {
		const question = understand("How many files mention 'AbortSignal'?");
		expect(question).toMatchObject({ kind: 'count', unit: 'files', subjects: ['AbortSignal'] });
		expect(question.topic).toBeUndefined();
	});

	it('finds a condition on names', () => {
		expect(understand('list functions whose name starts with create').nameFilter).toEqual({
			how: 'startswith',
			value: 'create',
		});
	});
});
