import path from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('the core bundles for a neutral platform without any import from outside', async () => {
	const core = path.join(import.meta.dirname, '../../../src/core');
	const result = await build({
		entryPoints: [path.join(core, 'run.ts'), path.join(core, 'tree.ts')],
		bundle: true,
		write: false,
		metafile: true,
		outdir: 'out',
		platform: 'neutral',
		packages: 'external',
	});
	const inputs = Object.entries(result.metafile.inputs);
	expect(inputs.length).toBeGreaterThan(10);
	expect(inputs.flatMap(([, { imports }]) => imports.filter((entry) => entry.external))).toEqual([]);
	expect(inputs.map(([file]) => file).filter((file) => !file.includes('src/core/'))).toEqual([]);
});
