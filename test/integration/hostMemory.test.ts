// Whatever code does, the host keeps to its memory: the command line runs with a small heap, and would die otherwise.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { block, isRootCall, turnOf } from '../support/blocks.ts';
import { rlm } from '../support/rlm.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

/** JavaScript heap of the command line, MB. What it kept without these bounds would be several times as much. */
const HEAP_MB = 288;
/** All memory of the process, MB: with the interpreters in it, their texts and the frames under way. */
const RESIDENT_MB = 2000;
/** Prints the most memory that the process ever had, KB. */
const PEAK = "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))";

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Runs code with a small heap. @returns how the command ended, and its peak of memory in MB */
async function runCode(code: string, args: readonly string[], contextTokens = 131_072) {
	const server: ScriptedServer = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted-model', contextTokens }],
		script: (request) => {
			if (!isRootCall(request)) return { text: 'read' };
			return { text: turnOf(request) === 0 ? block(code) : block('FINAL("done")') };
		},
	});
	cleanUps.push(() => server.stop());
	const cwd = await mkdtemp(path.join(tmpdir(), 'rlm-memory-'));
	cleanUps.push(() => rm(cwd, { recursive: true, force: true }));
	await writeFile(path.join(cwd, 'notes.txt'), 'alpha\nbeta\n');
	const servers = [server.settings('gpu', { maxConcurrent: 8 })];
	const config = JSON.stringify({ servers, limits: { tokens: 100_000_000 } });
	await writeFile(path.join(cwd, 'servers.json'), config);
	const node = [`--max-old-space-size=${HEAP_MB}`, `--import=data:text/javascript,${encodeURIComponent(PEAK)}`];
	const common = [
		'query',
		'What is it?',
		'-c',
		'notes.txt',
		'--config',
		'servers.json',
		'--journal',
		'journals',
		'--json',
	];
	const { exitCode, stdout, stderr } = await rlm([...common, ...args], { cwd, node });
	expect(exitCode, stderr.slice(-2000)).toBe(0);
	const peakMb = Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
	expect(peakMb).toBeLessThan(RESIDENT_MB);
	return { report: JSON.parse(stdout), server };
}

const FRAME = `import os, struct, json
def frame(header, payload):
    header = json.dumps(header).encode()
    os.write(1000, struct.pack('<II', len(header), len(payload)) + header + payload)
`;

describe('the memory of the host is bounded', () => {
	it('when code goes on asking although every call is refused', { timeout: 120_000 }, async () => {
		const code =
			'n = 0\nwhile True:\n    llm_query_batched([f"{n} {i} " + "y" * 1_000_000 for i in range(59)])\n    n += 1';
		const { report, server } = await runCode(code, ['--max-calls', '5']);
		expect(report).toMatchObject({ outcome: 'answered', answer: 'done', calls: 2 });
		expect(server.requests.at(-1)?.text).toContain('CallsRefused');
	});

	it('when forged frames queue the texts of child runs', { timeout: 120_000 }, async () => {
		const code = `${FRAME}
for n in range(49):
    call = {'id': 1000 + n, 'kind': 'rlm', 'promptBytes': 4, 'contextBytes': 55_000_000}
    frame({'op': 'submit', 'calls': [call]}, b'read' + b'x' * 55_000_000)
    budget()
`;
		const { report } = await runCode(code, ['--max-depth', '2']);
		expect(report.answer).toBe('done');
	});

	it('when the prompts of calls that are answered are together much larger than it', { timeout: 120_000 }, async () => {
		const code = 'for n in range(12):\n    llm_query_batched([f"{n} {i} " + "y" * 3_000_000 for i in range(4)])';
		const { report, server } = await runCode(code, [], 1_000_000);
		expect(report.calls).toBe(server.requests.length);
		expect(report.calls).toBe(2 + 48);
	});
});
