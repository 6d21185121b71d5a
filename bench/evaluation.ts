// npm run eval:small   a quarter of an hour: the suite `small`, as far as it gets, in direct, files-agent and explore
// npm run eval:full    a night: the suite `full`, and the same tasks with the packages of the peers. Run it again to go on;
//                      when it is done, its table stands in docs/evaluation.md
// Both start the real server with Qwen2.5-Coder-1.5B-Instruct (npm run models). Options:
//   --server URL --model NAME   ask this OpenAI-compatible server instead
//   --mode NAME                 only this mode; repeatable
//   --tasks FILE | --suite NAME other tasks
//   --out FOLDER, --max-time MINUTES, --task-timeout SECONDS, --window TOKENS
//   --write                     write the table into docs/evaluation.md even if the suite is not `full`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { processScript, vaultFolder, workerScript } from '../src/assets.ts';
import { progressLine } from '../src/cli/evalProgress.ts';
import { printReport } from '../src/cli/evalReport.ts';
import { createInterrupt } from '../src/cli/interrupt.ts';
import { EXIT, errorText } from '../src/cli/report.ts';
import { CancelledError } from '../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../src/core/limits.ts';
import { present } from '../src/core/present.ts';
import { createEngine } from '../src/engine.ts';
import { MODE_NAMES } from '../src/eval/modes/modes.ts';
import { markdownTables } from '../src/eval/report/markdown.ts';
import { type EvaluationPlan, evaluate } from '../src/eval/run/evaluate.ts';
import { openResults, type Result } from '../src/eval/run/results.ts';
import { SUITES } from '../src/eval/tasks/suites.ts';
import { parseTasks } from '../src/eval/tasks/task.ts';
import { peersPython } from './peers/environment.ts';
import { PEERS, peerMode } from './peers/modes.ts';

const root = path.join(import.meta.dirname, '..');
const DOCUMENT = path.join(root, 'docs', 'evaluation.md');
/** What each size runs when nothing else is said. Times are those of a task and of all, in seconds and minutes. */
const SIZES = {
	small: { modes: MODE_NAMES, taskSeconds: 90, minutes: 15, doesWrite: false },
	full: { modes: [...MODE_NAMES, ...PEERS], taskSeconds: 150, minutes: undefined, doesWrite: true },
} as const;

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		...{ server: text, model: text, tasks: text, suite: text, out: text, window: text },
		...{ 'max-time': text, 'task-timeout': text },
		mode: { type: 'string', multiple: true },
		write: { type: 'boolean' },
	},
});

/** A server to ask, and how to end it. */
interface Asked {
	readonly url: string;
	readonly model: string;
	stop(): Promise<void>;
}

/** Starts the real server with a model that is fetched before, and waits until it has loaded. */
async function startQwen(window: string): Promise<Asked> {
	const command = ['scripts/models.ts', 'serve', 'qwen', '--port', '8093', '--slots', '1', '--window', window];
	const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = once(child, 'close');
	const stop = async () => {
		child.kill('SIGTERM');
		await ended;
	};
	for await (const line of createInterface({ input: child.stdout })) {
		if (line.startsWith('http')) return { url: line.trim(), model: 'qwen', stop };
	}
	throw new Error('the model server did not start; npm run models says what is missing');
}

async function main(size: keyof typeof SIZES, signal: AbortSignal): Promise<number> {
	const usual = SIZES[size];
	const modes = values.mode ?? usual.modes;
	const suite = values.suite ?? size;
	const tasks =
		values.tasks === undefined ? SUITES[suite]?.tasks() : parseTasks(readFileSync(values.tasks, 'utf8'), values.tasks);
	if (!tasks) throw new Error(`there is no suite "${suite}"; there are: ${Object.keys(SUITES).join(', ')}`);
	const out = values.out ?? path.join(root, '.cache', `evaluation-${size}`);
	const store = await openResults(out, tasks);
	const given = values.server;
	const asked: Asked = given
		? { url: given.replace(/\/v1\/?$/, ''), model: values.model ?? 'default', stop: async () => {} }
		: await startQwen(values.window ?? '8192');
	const server = { id: 'evaluated', kind: 'openai' as const, url: asked.url, models: [asked.model] };
	const engine = createEngine({
		settings: { servers: [server] },
		apiKey: async () => undefined,
		...{ vaultFolder, workerScript, processScript },
	});
	const isPeer = (mode: string) => PEERS.includes(mode);
	const setup = { python: modes.some(isPeer) ? peersPython() : '', server: asked.url, model: asked.model };
	const minutes = values['max-time'] === undefined ? usual.minutes : Number(values['max-time']);
	try {
		const plan = present<EvaluationPlan>({
			...{ tasks, modes, folder: values.tasks === undefined ? root : path.dirname(values.tasks) },
			...{ models: [{ label: asked.model, model: asked.model }], repeats: 1, parallel: 1 },
			limits: { ...DEFAULT_LIMITS, durationMs: Number(values['task-timeout'] ?? usual.taskSeconds) * 1000 },
			maxMs: minutes === undefined ? undefined : minutes * 60_000,
		});
		const host = {
			...{ engine, store, now: Date.now, onStart: () => {} },
			modes: Object.fromEntries(PEERS.map((peer) => [peer, peerMode(peer, setup)])),
			onResult: (...ended: Parameters<typeof progressLine>) => console.error(progressLine(...ended)),
		};
		const { left } = await evaluate(plan, host, signal);
		await printReport(out, store, {});
		if (left > 0) console.error(`${left} runs are left; the same command goes on`);
		else if (usual.doesWrite || values.write)
			writeTable(store.results, `npm run -s eval:${[size, ...process.argv.slice(3)].join(' ')}`);
		return left > 0 ? EXIT.partial : EXIT.answered;
	} finally {
		await engine.dispose();
		await asked.stop();
	}
}

/** Puts the tables between the markers of docs/evaluation.md. */
function writeTable(results: readonly Result[], command: string): void {
	const document = readFileSync(DOCUMENT, 'utf8');
	const marked = /(<!-- results -->\n)[\s\S]*(<!-- \/results -->)/;
	if (!marked.test(document)) throw new Error(`${DOCUMENT} has no markers for the results`);
	writeFileSync(
		DOCUMENT,
		document.replace(marked, (_, start, end) => `${start}${markdownTables(results, command)}\n${end}`),
	);
}

const size = positionals[0];
if (size !== 'small' && size !== 'full') {
	console.error('usage: evaluation.ts small|full [options]; the head of the file names them');
	process.exit(EXIT.input);
}
const interrupt = createInterrupt();
try {
	process.exitCode = await main(size, interrupt.signal);
} catch (error) {
	console.error(error instanceof CancelledError ? 'stopped; the same command goes on' : errorText(error, true));
	process.exitCode = error instanceof CancelledError ? EXIT.cancelled : EXIT.failed;
} finally {
	interrupt.dispose();
}
