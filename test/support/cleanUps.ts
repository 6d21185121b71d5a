import { afterEach } from 'vitest';

/** A list of what has to be closed: after each test of the file all of it is, the last first. */
export function cleanUpAfterEach(): (() => unknown)[] {
	const cleanUps: (() => unknown)[] = [];
	afterEach(async () => {
		for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
	});
	return cleanUps;
}
