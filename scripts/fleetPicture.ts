// Prints the picture of `rlm servers` and of `rlm usage` for the README, from real runs of the command line against
// scripted servers on loopback: node scripts/fleetPicture.ts
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rlm } from '../test/support/rlm.ts';
import { type ScriptedReply, type ScriptedRequest, startScriptedServer } from '../test/support/scriptedServer.ts';
import { llamaPages, ollamaPages, vllmPages } from '../test/support/serverPages.ts';

const GIB = 1024 ** 3;
const QUERY = 'Which file mentions the budget?';
const OLLAMA = ollamaPages({
	installed: [{ name: 'qwen3:32b', size: 20 * GIB }],
	resident: [{ name: 'qwen3:32b', size: 22 * GIB, size_vram: 22 * GIB, context_length: 32_768 }],
});

const folder = mkdtempSync(path.join(tmpdir(), 'rlm-picture-'));
const servers = await Promise.all([
	startScriptedServer({
		kind: 'ollama',
		script: rootReply,
		answersAnyModel: true,
		pages: (page, request) => (page === '/api/show' ? undefined : OLLAMA(page, request)),
		models: [{ name: 'qwen3:32b', contextTokens: 32_768 }],
	}),
	startScriptedServer({
		kind: 'openai',
		script: [],
		pages: llamaPages({ slots: 4, busy: 4, deferred: 3, hasMetrics: true }),
	}),
	startScriptedServer({ kind: 'openai', script: subReply, answersAnyModel: true, pages: vllmPages({ running: 1 }) }),
]);
const exporter = await startExporter();
try {
	const [ollama, llama, vllm] = servers;
	const metricsUrl = `http://127.0.0.1:${(exporter.address() as AddressInfo).port}/metrics`;
	const config = {
		servers: [
			ollama.settings('rtx', { models: ['qwen3:32b'], roles: ['root'], metricsUrl }),
			vllm.settings('a100', { models: ['Qwen/Qwen3-8B'], roles: ['sub'] }),
			llama.settings('m40', { roles: ['sub'], gpuMemoryGb: 24, priority: 2 }),
			{ id: 'old-box', kind: 'ollama', url: 'http://127.0.0.1:9', roles: ['sub'], priority: 3 },
		],
		rootModel: 'rtx/qwen3:32b',
		subModel: 'a100/Qwen/Qwen3-8B',
	};
	const file = path.join(folder, 'rlm.config.json');
	writeFileSync(file, JSON.stringify(config));
	writeFileSync(path.join(folder, 'notes.md'), 'The budget is in budget.ts.\n');
	const run = await rlm(['query', QUERY, '--config', file, '--context', 'notes.md', '--quiet'], { cwd: folder });
	if (run.exitCode !== 0) throw new Error(`the run failed: ${run.stderr}`);
	for (const args of [['servers'], ['usage', '--days', '1']]) {
		const { stdout } = await rlm([...args, ...(args[0] === 'servers' ? ['--config', file] : [])], { cwd: folder });
		console.log(`$ rlm ${args.join(' ')}\n${stdout}`);
	}
} finally {
	exporter.close();
	await Promise.all(servers.map((server) => server.stop()));
	rmSync(folder, { recursive: true });
}

/** Looks at the context, asks sub-models, answers. */
function rootReply({ messages }: ScriptedRequest): ScriptedReply {
	const iteration = messages.filter(({ role }) => role === 'assistant').length;
	const code =
		iteration === 0
			? 'print(context[:200])\nreplies = llm_query_batched([f"Part {n}: {context}" for n in range(12)])\nprint(replies)'
			: 'FINAL("notes.md")';
	return { text: `\`\`\`repl\n${code}\n\`\`\`` };
}

function subReply(): ScriptedReply {
	return { text: 'The budget is mentioned in notes.md, in its first line.', chunks: 12, chunkDelayMs: 10 };
}

/** What dcgm-exporter writes of one card. */
async function startExporter(): Promise<http.Server> {
	const labels = '{gpu="0",modelName="NVIDIA GeForce RTX 5090",Hostname="rtx"}';
	const figures = { GPU_UTIL: 87, FB_USED: 23_142, FB_FREE: 9_465, GPU_TEMP: 71, POWER_USAGE: 402 };
	const text = Object.entries(figures).map(([name, value]) => `DCGM_FI_DEV_${name}${labels} ${value}\n`);
	const server = http.createServer((_, response) => response.end(text.join('')));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return server;
}
