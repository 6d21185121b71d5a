import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCorpusReader, filesContext } from '../../../src/context/corpus.ts';
import { extractCitations, wrongCitations } from '../../../src/core/evidence/citations.ts';
import type { CorpusReader } from '../../../src/core/ports/context.ts';
import { type Planted, type PlantedFile, Planter, WRONG_KINDS } from '../../support/plantedCitations.ts';

const root = join(import.meta.dirname, '../../..');
const EACH = 200;

let corpus: CorpusReader;
let files: PlantedFile[];

beforeAll(async () => {
	const paths = globSync(['src/**/*.ts', 'src/**/*.py', 'docs/*.md', '*.md', 'package.json'], { cwd: root }).sort();
	const read = paths.map((path) => ({ path: path.replaceAll('\\', '/'), bytes: readFileSync(join(root, path)) }));
	corpus = createCorpusReader([await filesContext({ label: 'rlm', files: read, leftOut: [] })]);
	files = read.map(({ path, bytes }) => ({ path, lines: bytes.toString().split('\n') }));
});

async function marked(planted: readonly Planted[]): Promise<Planted[]> {
	const found: Planted[] = [];
	for (const one of planted) {
		const citations = await extractCitations(one.answer, [], corpus, 'How is it done?', AbortSignal.timeout(60_000));
		if (wrongCitations(citations).length > 0) found.push(one);
	}
	return found;
}

describe.each([1, 2, 3])('of planted citations with seed %d', (seed) => {
	it('every wrong one is marked', async () => {
		const planter = new Planter(files, seed);
		const wrong = Array.from({ length: EACH }, (_, index) => planter.wrong(WRONG_KINDS[index % 4] ?? 'digit'));
		const found = new Set(await marked(wrong));
		expect(wrong.filter((one) => !found.has(one))).toEqual([]);
	});

	it('no right one is', async () => {
		const planter = new Planter(files, seed);
		expect(await marked(Array.from({ length: EACH }, () => planter.right()))).toEqual([]);
	});

	it('in an answer with several, the wrong ones are marked and no others', async () => {
		const planter = new Planter(files, seed);
		for (let index = 0; index < 50; index++) {
			const parts = Array.from({ length: 5 }, (_, part) => {
				const kind = WRONG_KINDS[(index + part) % 4] ?? 'digit';
				return (index + part) % 3 === 0 ? planter.wrong(kind) : planter.right();
			});
			const answer = parts.map((part) => part.answer).join('\n\n');
			const citations = await extractCitations(answer, [], corpus, 'How is it done?', AbortSignal.timeout(60_000));
			const wrong = parts.filter(({ kind }) => kind !== 'right');
			expect(wrongCitations(citations).length, answer).toBe(wrong.length);
		}
	});
});
