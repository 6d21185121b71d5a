import { describe, expect, it } from 'vitest';
import { bareReply } from '../../../src/core/bareReply.ts';
import { parseReply } from '../../../src/core/parse.ts';

const DRAFT = 'Let me see.\n```repl\nFINAL("draft")\n```\nNo.\n';
const CODE = '```repl\nFINAL("done")\n```';
const FULL_WIDTH_END = '<\uff5cend\u2581of\u2581sentence\uff5c>';

describe('reasoning in a reply', () => {
	it.each([
		['<think>', '</think>'],
		['<thinking>', '</thinking>'],
		['<THINK>', '</think>'],
		['<thought>', '</thought>'],
		['<seed:think>', '</seed:think>'],
		['<mm:think>', '</mm:think>'],
		['<longcat_think>', '</longcat_think>'],
		['<reasoning>', '</reasoning>'],
		['<thinking mode="deep">', '</thinking>'],
		['[THINK]', '[/THINK]'],
		['◁think▷', '◁/think▷'],
		['<|START_THINKING|>', '<|END_THINKING|>'],
		['<|begin_of_thought|>', '<|end_of_thought|>'],
		['<|inner_prefix|>', '<|inner_suffix|>'],
		['<|channel>thought\n', '<channel|>'],
		['<unused94>thought\n', '<unused95>'],
	])('in %s is not what was said, with or without its beginning', (open, close) => {
		for (const start of [open, `\n${open}`, '', `Sure.\n${open}`]) {
			const said = start.startsWith('Sure') ? 'Sure.\n' : '';
			expect(parseReply(`${start}${DRAFT}${close}\n\n${CODE}`, 'stop').blocks).toEqual(['FINAL("done")']);
			expect(bareReply(`${start}Maybe NO${close}YES`)).toMatchObject({ text: `${said}YES`, reasoning: 'Maybe NO' });
		}
	});

	it('that closes twice ends where it closes last', () => {
		expect(bareReply('NO</think>\nOr NO?</think>\nYES').text).toBe('YES');
	});

	it('with a block of code that never closes ends all the same', () => {
		const reply = '```repl\nFINAL("draft")\n</think>\n```repl\nFINAL(1)\n```';
		expect(parseReply(reply, 'stop').blocks).toEqual(['FINAL(1)']);
	});

	it('that never closes is all that there is', () => {
		expect(bareReply('<think>Hm. FINAL(1)')).toMatchObject({ text: '', reasoning: 'Hm. FINAL(1)' });
	});

	it('is followed by a frame around the answer in some families', () => {
		expect(bareReply('<think>Hm.</think>\n<answer>\nYES\n</answer>').text).toBe('YES');
		expect(bareReply('<answer>YES</answer>').text).toBe('<answer>YES</answer>');
	});
});

describe('the channels of gpt-oss', () => {
	it.each([
		`<|channel|>analysis<|message|>We need code. ${DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>${CODE}<|return|>`,
		`analysis<|message|>${DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>${CODE}`,
		`analysisWe need code. ${DRAFT}assistantfinal${CODE}`,
		`<|channel|>final<|message|>${CODE}<|return|>`,
	])('give the final one only: %j', (reply) => {
		expect(bareReply(reply).text).toBe(CODE);
	});

	it('tell a call of a function', () => {
		const call = '<|channel|>commentary to=functions.repl <|constrain|>json<|message|>{"code":"x = 1"}<|call|>';
		expect(bareReply(call)).toMatchObject({
			text: '',
			calls: [{ name: 'functions.repl', arguments: '{"code":"x = 1"}' }],
		});
	});
});

describe('a stop token that leaked', () => {
	it.each([
		'<|im_end|>',
		'<|eot_id|>',
		'<|eom_id|>',
		'<|end|>',
		'<|return|>',
		'<|endoftext|>',
		'<|end_of_text|>',
		'<|END_OF_TURN_TOKEN|>',
		'<|user|>',
		'[|endofturn|]',
		'<end_of_turn>',
		'<turn|>',
		'<end_of_utterance>',
		'<end_code>',
		'<eos>',
		'</s>',
		FULL_WIDTH_END,
	])('%s is no part of a reply', (token) => {
		for (const leaked of [token, `\n${token}\n`, ` ${token}${token}`]) {
			expect(parseReply(CODE + leaked, 'stop').blocks).toEqual(['FINAL("done")']);
			expect(bareReply(`YES${leaked}`).text.trim()).toBe('YES');
		}
		expect(parseReply(`\`\`\`repl\nFINAL("done")${token}`, 'stop').blocks).toEqual(['FINAL("done")']);
		expect(bareReply(token).text).toBe('');
	});

	it('ends the reply, whatever the model went on to write', () => {
		expect(bareReply('YES<|im_end|>\n<|im_start|>user\nAnd now?<|im_end|>\n<|im_start|>assistant\nNO').text).toBe(
			'YES',
		);
		expect(bareReply('YES<end_of_turn>\n<start_of_turn>user\nNO').text).toBe('YES');
		const goesOn = `${CODE}<|im_end|>\n<|im_start|>user\nOutput: 3\n${CODE.replace('done', 'invented')}`;
		expect(parseReply(goesOn, 'stop').blocks).toEqual(['FINAL("done")']);
	});

	it('may precede the reply with the name of its author', () => {
		expect(bareReply('<|im_start|>assistant\nYES').text).toBe('YES');
		expect(bareReply('<s><|assistant|> YES').text).toBe('YES');
	});
});

describe('text about such marks', () => {
	it.each([
		'  An answer\n',
		'The block ends with `</think>`, and the reply with "<|im_end|>".',
		'```repl\nprint(context.split("</think>")[1], "<think>")\n```',
		'```repl\nparts = text.split(\'<|im_end|>\')\nprint("</s>" in text)\n```',
		'In ChatML <|im_end|> ends a message.',
		'The tokens are:\n- <|im_end|>\n- <|eot_id|>\n- </s>',
		'eos_token = </s>',
		'It was <s>old</s>',
		'a <think>b</think>',
		'Use <answer> for the answer.',
		'</think>',
	])('is left as it is: %j', (text) => {
		expect(bareReply(text)).toEqual({ text, reasoning: '', calls: [] });
	});

	it.each(['<think>\n', 'x</think>', '</s>', '<|im_end|>\n', '<s></s>', '`', '<|message|>', '<|channel|>final', ' \n'])(
		'costs time in proportion to its length: %j',
		(piece) => {
			const read = bareReply(piece.repeat(200_000));
			expect(read.text.length + read.reasoning.length).toBeLessThanOrEqual(piece.length * 200_000);
		},
	);
});
