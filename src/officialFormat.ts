import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { officialFormatFile } from './assets.ts';
import { ConfigError } from './core/errors.ts';
import type { OfficialFormat } from './core/prompt/official.ts';

const TEXTS = [
	...['version', 'system', 'opening', 'firstTurn', 'turn', 'contexts', 'history', 'histories', 'output'],
	...['numberedOutput', 'stdout', 'stderr', 'variables', 'nothing', 'cut'],
] as const;
const schema = v.object({
	...v.entriesFromList(TEXTS, v.string()),
	mostCharacters: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** Reads the texts of the official RLM package that the build has put beside the bundles. @throws ConfigError */
export async function officialFormat(): Promise<OfficialFormat> {
	try {
		return v.parse(schema, JSON.parse(await readFile(officialFormatFile, 'utf8'))) as OfficialFormat;
	} catch {
		throw new ConfigError(
			'settings',
			'profile',
			'the texts of "official" are missing',
			'Run npm run build, or install this product again.',
		);
	}
}
