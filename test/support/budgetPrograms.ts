import { block, isRootCall, turnOf } from './blocks.ts';
import type { ScriptedReply, ScriptedRequest } from './scriptedServer.ts';

/** A number from 0 to below the given one. */
type Random = (below: number) => number;

/** Numbers from a seed, the same in every run (mulberry32). */
export function randomFrom(seed: number): Random {
	let state = seed >>> 0;
	return (below) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
	};
}

const PRELUDE = `import asyncio, os, struct, json
ids = 10_000_000 + cell_seed * 1000
async def give_up(call, seconds):
    try:
        return await asyncio.wait_for(call, seconds)
    except asyncio.TimeoutError:
        return None
def frame(header, payload=b''):
    header = json.dumps(header).encode()
    os.write(1000, struct.pack('<II', len(header), len(payload)) + header + payload)
def forged(kind, texts):
    global ids
    calls = []
    for text in texts:
        ids += 1
        calls.append({'id': ids, 'kind': kind, 'promptBytes': len(text)})
    frame({'op': 'submit', 'calls': calls}, ''.join(texts).encode())
    return [call['id'] for call in calls]
`;

/** Characters between those of the short replies and those of the long ones. */
const WORDS = 100;

/** One statement of a random program. */
const STATEMENTS: readonly ((random: Random, prompt: () => string, task: () => string) => string)[] = [
	(_, prompt) => `llm_query(${prompt()})`,
	(random, prompt) => `llm_query_batched([${list(1 + random(6), prompt)}])`,
	(random, prompt) =>
		`await asyncio.gather(*[give_up(allm_query(p), ${delay(random)}) for p in [${list(1 + random(5), prompt)}]])`,
	(random, prompt) => `left = [asyncio.ensure_future(allm_query(p)) for p in [${list(1 + random(5), prompt)}]]`,
	(random) => `await asyncio.sleep(${delay(random)})`,
	(_, __, task) => `rlm_query(${task()})`,
	(random, _, task) =>
		`await asyncio.gather(*[give_up(arlm_query(t), ${delay(random)}) for t in [${list(1 + random(3), task)}]])`,
	(random, prompt) => `forged('llm', [${list(1 + random(4), prompt)}])`,
	(random, _, task) => `forged('rlm', [${list(1 + random(2), task)}])\nbudget()`,
	(random, prompt) =>
		`given = forged('llm', [${list(1 + random(4), prompt)}])\nbudget()\nframe({'op': 'cancel', 'ids': given[:${1 + random(3)}]})`,
	(random, prompt) => `llm_query_batched([${list(1 + random(6), prompt)}], choices=['read', 'unread'])`,
	(random, prompt) => `llm_query_batched([${list(1 + random(4), prompt)}], schema=int)`,
	(_, prompt) => `llm_query(${prompt()}, validate=lambda text: len(text) < ${WORDS})`,
	() => "llm_query('  ')",
	() => "llm_query('y' * 2_000_000)",
	(_, prompt) => `llm_query(${prompt()}, model='nobody has this')`,
];

function list(length: number, item: () => string): string {
	return Array.from({ length }, item).join(', ');
}

function delay(random: Random): string {
	return (random(60) / 100).toFixed(2);
}

/** A random program of calls that are started, awaited, given up, nested, batched and forged. */
function program(random: Random, length: number): string {
	let texts = 0;
	const prompt = () => `'p${random(1e6)} ' + 'x ' * ${random(2000)}`;
	const task = () => `'task ${random(1e6)}-${texts++}'`;
	const body = Array.from({ length }, () => STATEMENTS[random(STATEMENTS.length)]?.(random, prompt, task));
	return [`cell_seed = ${random(1000)}`, PRELUDE, ...body].join('\n');
}

/** The number of the task that a child run was given; undefined for every other request. */
export function taskOf(request: ScriptedRequest): string | undefined {
	const question = request.messages.find(({ content }) => content.includes('<question>'))?.content;
	return /<question>\s*task (\d+-\d+)/.exec(question ?? '')?.[1];
}

/** Models that write random programs, and answer calls late, in part, with an error, or at once. */
export function randomModels(seed: number): (request: ScriptedRequest) => ScriptedReply {
	const random = randomFrom(seed);
	return (request) => {
		if (!isRootCall(request)) return randomReply(random);
		const isChild = taskOf(request) !== undefined;
		if (turnOf(request) < (isChild ? 1 : 2)) return { text: block(program(random, isChild ? 2 : 5)) };
		return { text: block('FINAL("done")') };
	};
}

function randomReply(random: Random): ScriptedReply {
	const kind = random(12);
	if (kind === 0) return { status: 500, body: 'out of order' };
	if (kind === 1) return { text: 'half of a reply', fault: 'cut' };
	if (kind === 2) return { status: 429, body: 'slow down', headers: { 'retry-after': '0' } };
	if (kind < 6) return { text: 'a word or two', delayMs: random(900) };
	if (kind < 9) return { text: 'a word '.repeat(40), chunks: 20, chunkDelayMs: random(60) };
	return { text: 'read' };
}
