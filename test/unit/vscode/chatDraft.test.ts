import { expect, it } from 'vitest';
import { emptyTree } from '../../../src/core/tree.ts';
import { draftInReply, draftOf } from '../../../src/vscode/chat/draft.ts';

it('is empty while the model only looks around', () => {
	expect(draftInReply('Let me look.\n```repl\nprint(context[:100])\n')).toBe('');
	expect(draftInReply('FINAL(summary)')).toBe('');
	expect(draftOf(emptyTree())).toBe('');
});

it('grows with the text that the code hands in', () => {
	expect(draftInReply('```repl\nFINAL("""The **lid** was op')).toBe('The **lid** was op');
	expect(draftInReply('```repl\nFINAL("""The lid was open.""")\n```')).toBe('The lid was open.');
	expect(draftInReply('answer["content"] = \'one\\ntwo \\"three\\"\'\nprint(1)')).toBe('one\ntwo "three"');
});

it('waits for the rest of an escape or of the closing quotes', () => {
	expect(draftInReply('FINAL("one\\')).toBe('one');
	expect(draftInReply('FINAL("""one""')).toBe('one');
	expect(draftInReply('FINAL("say \\"yes\\"')).toBe('say "yes"');
});

it('does not take a formatted string for the answer', () => {
	expect(draftInReply('FINAL(f"{count} lids")')).toBe('');
});
