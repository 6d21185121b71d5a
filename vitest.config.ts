import { defineConfig } from 'vitest/config';

/** What holds for every deployment of the sandbox. */
const sandboxSuites = ['test/integration/sandbox*.test.ts'];

const shared = {
	testTimeout: 60_000,
	hookTimeout: 60_000,
	pool: 'forks',
} as const;

export default defineConfig({
	test: {
		globalSetup: ['test/support/vault.ts'],
		// Worker threads inside the tests use both cores; more files at a time only make them wait for each other.
		maxWorkers: 2,
		projects: [
			{ test: { ...shared, name: 'all', include: ['test/{unit,integration}/**/*.test.ts'] } },
			{
				test: { ...shared, name: 'process', include: sandboxSuites, env: { RLM_TEST_DEPLOYMENT: 'process' } },
			},
		],
	},
});
