import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunResult } from '../../../src/core/request.ts';
import { NO_TOTALS } from '../../../src/core/totals.ts';
import { emptyTree } from '../../../src/core/tree.ts';
import { headline, renderAnswer } from '../../../src/vscode/answerDocument.ts';
import { lineLink } from '../../../src/vscode/answerFile.ts';
import { costText } from '../../../src/vscode/figures.ts';
import { harmless } from '../../../src/vscode/safeMarkdown.ts';

const ANSWERED: RunResult = {
	runId: 'a1b2',
	outcome: 'answered',
	answer: 'Four times.',
	citations: [{ path: 'src/[a].ts', startLine: 3, endLine: 4, quote: 'const `x` = 1;', check: 'place' }],
	iterations: 2,
	totals: { ...NO_TOTALS, calls: 3, unpricedCalls: 3 },
	durationMs: 2300,
};

describe('rendering an answer', () => {
	it('puts the question, the answer and the evidence with its link in this order', () => {
		const text = renderAnswer('How often?', ANSWERED, emptyTree(), () => '/src/%5Ba%5D.ts#L3-L4');
		const positions = [
			'# How often?',
			'Four times.',
			'[src/\\[a\\].ts:3-4](</src/%5Ba%5D.ts#L3-L4>)',
			'const `x` = 1;',
		];
		const found = positions.map((part) => text.indexOf(part));
		assert.ok(!found.includes(-1), text);
		assert.deepEqual(
			found,
			[...found].sort((left, right) => left - right),
		);
		assert.match(text, /\*\*Answered\*\* · 2 iterations · 3 model calls · price unknown · 2\.3 s/);
	});

	it('shows the question as it was written, not as Markdown or a formula', () => {
		const text = renderAnswer('What do $(date) and $HOME_*x* do?\n`a`', ANSWERED, emptyTree(), () => undefined);
		assert.match(text, /^# What do \\\$\(date\) and \\\$HOME\\_\\\*x\\\* do\?$/m);
		assert.match(text, /^> \\`a\\`$/m);
	});

	it('names a place without a link when none works', () => {
		assert.match(
			renderAnswer('How often?', ANSWERED, emptyTree(), () => undefined),
			/`src\/\[a\]\.ts:3-4`/,
		);
	});

	it('marks citations that do not hold, and folds what the answer does not rest on', () => {
		const place = { path: 'a.ts', startLine: 3, endLine: 3 };
		const elsewhere = { ...place, startLine: 9, endLine: 9 };
		const result: RunResult = {
			...ANSWERED,
			found: false,
			citations: [
				{ ...place, quote: 'two', check: 'not-found', fault: 'other-text', quoted: 'three', elsewhere },
				{ ...place, path: 'gone.ts', quote: '', check: 'not-found', fault: 'no-file' },
			],
			unsupported: [{ sentence: 'It was <b>1895</b>.', terms: ['1895'] }],
			conflicts: [{ first: { ...place, text: 'It is 3.' }, second: { ...elsewhere, text: 'It is 4.' } }],
		};
		const text = renderAnswer('How often?', result, emptyTree(), () => '/a.ts#L3');
		assert.match(
			text,
			/⚠ \[a\.ts:3\]\(<\/a\.ts#L3>\) — \*\*Not found in the text\. It stands at a\.ts:9\.\*\*\n\n```text\nthree/,
		);
		assert.match(text, /⚠ `gone\.ts:3` — \*\*There is no such file\.\*\*/);
		assert.match(
			text,
			/<details><summary>Passages that contradict each other \(1\)<\/summary>\n\n- a\.ts:3 “It is 3\.” ↔ a\.ts:9/,
		);
		assert.match(text, /- It was <\u200bb>1895<\u200b\/b>\. \(`1895`\)/);
		assert.match(text, /\*\*Not in the text\*\* · 2 iterations/);
	});

	it('shows names and quotes without characters that disguise them', () => {
		const citations = [
			{
				path: 'src/\u202egpj.exe\u200b',
				startLine: 1,
				endLine: 1,
				quote: 'a\u2066b\u001b[2J',
				check: 'place' as const,
			},
		];
		const text = renderAnswer('Why\u202e?', { ...ANSWERED, citations }, emptyTree(), () => '/x');
		assert.match(text, /^# Why\?$/m);
		assert.match(text, /\[src\/gpj\.exe:1\]/);
		assert.match(text, /^ab$/m);
	});

	it('says plainly that an answer is partial, cancelled or failed', () => {
		const render = (result: Partial<RunResult>) => renderAnswer('Q', { ...ANSWERED, ...result }, emptyTree(), () => '');
		assert.match(render({ outcome: 'partial', reason: 'cost' }), /Partial answer: the cost limit was reached/);
		assert.match(render({ outcome: 'cancelled' }), /The run was cancelled/);
		assert.match(render({ outcome: 'cancelled', answer: '' }), /There is no answer/);
		const error = { code: 'no-server', message: 'gpu-1 is down.', actions: [] };
		assert.match(render({ outcome: 'failed', error }), /The run failed: gpu-1 is down\./);
	});

	it('leaves nothing in a text that a preview would load, in prose or in code', () => {
		const text = harmless('![x](https://a.example/?secret) <img src="https://b.example/"> ``` <!-- x --> 1 < 2 <3');
		assert.doesNotMatch(text, /!\[/);
		assert.doesNotMatch(text, /<[a-z/!?]/i);
		assert.match(text, /1 < 2 <3/);
	});

	it('makes a heading of the first line of a question', () => {
		assert.equal(headline('  What is this?\nAnd that?'), 'What is this?');
		assert.ok(headline('word '.repeat(100)).length <= 122);
	});

	it('shows figures as a person would write them', () => {
		assert.equal(costText({ ...NO_TOTALS, calls: 2, costUsd: 0.042 }), '$0.042');
		assert.equal(costText({ ...NO_TOTALS, calls: 2, costUsd: 0.042, unpricedCalls: 1 }), '≥ $0.042');
	});
});

describe('links to lines', () => {
	const answer = vscode.Uri.file('/storage/answers/1/answer.md');
	const folder = () => {
		const root = vscode.workspace.workspaceFolders?.[0]?.uri;
		assert.ok(root);
		return root;
	};
	const lines = { path: '', startLine: 3, endLine: 3, quote: '', check: 'place' as const };

	it('start at the first folder of the workspace and may lead out of it', () => {
		assert.equal(lineLink(vscode.Uri.joinPath(folder(), 'a b/ü.ts'), lines, answer), '/a%20b/%C3%BC.ts#L3');
		assert.match(
			lineLink(vscode.Uri.joinPath(folder(), '../other/x.ts'), lines, answer) ?? '',
			/^\/\.\.\/other\/x\.ts#L3$/,
		);
	});

	it('are not made to another file system', () => {
		assert.equal(lineLink(vscode.Uri.parse('untitled:Untitled-1'), lines, answer), undefined);
	});
});
