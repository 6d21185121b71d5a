import type { ChatMessage, Prefill } from '../ports/model.ts';

/**
 * Prompts of the walk for small models. Each has one task, names nothing that the task does not need, and shows what is
 * wanted in the model's own chat format: a model of one or two billion parameters does what it is shown.
 */

const FENCE = '```';

/** Continues the reply inside a block, where the server can. */
export const PROGRAM_PREFILL: Prefill = { text: `${FENCE}python`, stop: [`\n${FENCE}`] };

const PROGRAM = `You write short Python programs that find answers in data. The list \`rows\` holds the data, one dict for each record. It is loaded already: never define it, never import or open anything. Print what answers the question, with a few words.`;

/** Questions of other data, with their programs. They stay the same, so that servers keep them in their cache. */
const EXAMPLES: readonly (readonly [string, string])[] = [
	[
		`rows: 340 dicts. First, second and last:
{'city': 'Oslo', 'kind': 'hotel', 'price': 120}
{'city': 'Rome', 'kind': 'hostel', 'price': 35}
{'city': 'Oslo', 'kind': 'hostel', 'price': 41}
Values of 'kind': 'hotel', 'hostel'

Question: What is the average price of a hostel in Oslo?`,
		`found = [r for r in rows if r['city'] == 'Oslo' and r['kind'] == 'hostel']
print('average price:', sum(r['price'] for r in found) / len(found))`,
	],
	[
		`rows: 5120 dicts. First, second and last:
{'path': 'app/main.py', 'line': 1, 'text': 'import os'}
{'path': 'app/main.py', 'line': 2, 'text': 'from app import db'}
{'path': 'web/view.py', 'line': 88, 'text': '    return page'}

Question: Where is the password of a user checked?`,
		`found = [r for r in rows if 'password' in r['text'].lower() and 'check' in r['text'].lower()]
for r in found[:20]:
    print(r['path'], r['line'], r['text'])`,
	],
	[
		`rows: 90 dicts. First, second and last:
{'time': '2025-01-09 10:00:01', 'level': 'INFO', 'source': 'disk', 'message': 'scan begins'}
{'time': '2025-01-09 10:00:07', 'level': 'WARN', 'source': 'net', 'message': 'retry 1'}
{'time': '2025-01-09 18:20:00', 'level': 'INFO', 'source': 'net', 'message': 'closed'}
Values of 'level': 'INFO', 'WARN'

Question: How many warnings are there?`,
		`print('warnings:', len([r for r in rows if r['level'] == 'WARN']))`,
	],
];

/** Asks for a program. @param data what `rows` looks like @param tried what earlier programs brought */
export function programMessages(question: string, data: string, tried: readonly string[]): ChatMessage[] {
	const notes = tried.length === 0 ? '' : `\n\n${tried.join('\n')}\nWrite another program.`;
	return [
		{ role: 'system', content: PROGRAM },
		...EXAMPLES.flatMap(([asked, program]): ChatMessage[] => [
			{ role: 'user', content: asked },
			{ role: 'assistant', content: `${FENCE}python\n${program}\n${FENCE}` },
		]),
		{ role: 'user', content: `${data}\n\nQuestion: ${question}${notes}` },
	];
}

/** Asks for the program without the mistake. @param problem the error in one line, and what to do about it */
export function mendMessages(question: string, data: string, code: string, problem: string): ChatMessage[] {
	return [
		...programMessages(question, data, []),
		{ role: 'assistant', content: `${FENCE}python\n${code.trim()}\n${FENCE}` },
		{ role: 'user', content: `It failed: ${problem}\nWrite the whole program again, without this mistake.` },
	];
}

const READ = `Answer the question from the text, in one short sentence. Name the place (the path above the passage) if the question asks for one. If the text does not answer it, reply only: NOT FOUND`;

/** Asks a question about passages. */
export function readMessages(question: string, passages: string): ChatMessage[] {
	return [
		{ role: 'system', content: READ },
		{ role: 'user', content: `${passages}\n\nQuestion: ${question}` },
	];
}

const STATE = `A program has searched the data for the answer to a question. You get the question and what the program printed, and reply with the answer in one short sentence. Trust the program. Only if it printed nothing of use, reply: NOT FOUND`;

const STATED: readonly (readonly [string, string, string])[] = [
	['Which city has the most hotels?', 'city: Oslo 17', 'Oslo has the most hotels, 17.'],
	['Who opened the account?', 'records: []', 'NOT FOUND'],
];

/** Asks for the answer that an output gives. A model that does not see the program cannot defend it. */
export function stateMessages(question: string, output: string): ChatMessage[] {
	return [
		{ role: 'system', content: STATE },
		...STATED.flatMap(([asked, printed, answer]): ChatMessage[] => [
			{ role: 'user', content: printedFor(asked, printed) },
			{ role: 'assistant', content: answer },
		]),
		{ role: 'user', content: printedFor(question, output) },
	];
}

function printedFor(question: string, output: string): string {
	return `Question: ${question}\n\nThe program printed:\n${output}`;
}
