import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('no text of the command line reaches the terminal around the one place that cleans it', () => {
	const folder = new URL('../../../src/cli/', import.meta.url);
	const writers = readdirSync(folder).filter((name) =>
		/console\.|process\.(stdout|stderr)\.write\(/.test(readFileSync(new URL(name, folder), 'utf8')),
	);
	expect(writers).toEqual(['output.ts']);
});
