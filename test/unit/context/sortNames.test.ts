import { expect, it } from 'vitest';
import { sortByName } from '../../../src/context/sortNames.ts';
import { Breather } from '../../../src/node/breather.ts';

it.each([0, 1, 2, 2048, 2049, 5000, 9001])('%i names are sorted as by code units, each kept once', async (count) => {
	const names = Array.from({ length: count }, (_, index) => String((index * 7919) % 10_007));
	const sorted = await sortByName(
		names.map((name) => ({ name })),
		new Breather(),
	);
	expect(sorted.map(({ name }) => name)).toEqual(names.sort());
});
