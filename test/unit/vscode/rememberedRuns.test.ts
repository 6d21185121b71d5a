import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RememberedRuns } from '../../../src/vscode/runs/rememberedRuns.ts';
import type { RunInfo } from '../../../src/vscode/runs/run.ts';

function info(id: string, startedAt: number): RunInfo {
	return {
		id,
		question: 'Why?',
		contextLabel: 'a.txt',
		state: 'answered',
		startedAt,
		endedAt: 9,
		journal: `${id}.jsonl`,
	};
}

it('forgetting a run leaves what another window of the workspace has written meanwhile', () => {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-remembered-'));
	try {
		const file = join(folder, 'runs.jsonl');
		const one = new RememberedRuns(file);
		one.save(info('a', 1));
		one.save(info('b', 2));
		new RememberedRuns(file).save(info('c', 3));
		one.forget('a');
		expect(one.list().map(({ id }) => id)).toEqual(['b']);
		expect(new RememberedRuns(file).list().map(({ id }) => id)).toEqual(['c', 'b']);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
