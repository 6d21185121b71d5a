// The packages that metrics and traces bring are CommonJS in part; a bundle of ES modules has to hold them all the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeBuiltins } from '../../../scripts/node-builtins.ts';

const root = path.join(import.meta.dirname, '../../..');
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-bundle-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function bundled(entry: string): Promise<Record<string, new (...args: unknown[]) => Record<string, unknown>>> {
	const outfile = path.join(folder, `${path.basename(entry, '.ts')}.mjs`);
	await build({
		...{ absWorkingDir: root, entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' },
		...{ target: 'node22.15', mainFields: ['module', 'main'], plugins: [nodeBuiltins], logLevel: 'silent' },
	});
	return import(pathToFileURL(outfile).href);
}

it('the metrics work in a bundle', async () => {
	const { ServiceMetrics } = await bundled('src/service/http/serviceMetrics.ts');
	if (!ServiceMetrics) throw new Error('the bundle does not export ServiceMetrics');
	const metrics = new ServiceMetrics(() => []) as unknown as { text(): Promise<string>; dispose(): void };
	expect(await metrics.text()).toContain('rlm_runs_in_progress 0');
	metrics.dispose();
});

it('the traces work in a bundle', async () => {
	const { OtlpTracing } = await bundled('src/telemetry/otlp.ts');
	if (!OtlpTracing) throw new Error('the bundle does not export OtlpTracing');
	const logged: string[] = [];
	const options = { url: 'http://127.0.0.1:1/v1/traces', hasContent: false, identities: new Map(), version: '1' };
	const tracing = new OtlpTracing({ ...options, log: (message: string) => logged.push(message) }) as unknown as {
		observer(): (event: object) => void;
		close(): Promise<void>;
	};
	tracing.observer()({ type: 'notice', runId: 'r', nodeId: 'r', at: 0, seq: 0, audience: 'user', text: '' });
	await tracing.close();
	expect(logged).toEqual([]);
});
