import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/{unit,integration}/**/*.test.ts'],
		globalSetup: ['test/support/vault.ts'],
		testTimeout: 60_000,
		hookTimeout: 60_000,
		// Worker threads inside the tests use both cores; more files at a time only make them wait for each other.
		maxWorkers: 2,
		pool: 'forks',
	},
});
