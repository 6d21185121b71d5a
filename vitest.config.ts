import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What holds for every deployment of the sandbox. */
const sandboxSuites = ['test/integration/sandbox*.test.ts'];

/** Files that take longest. Begun last, each would have one core to itself in the end. */
const LONG = /\/(?:sandbox(?:Limits|Pool|LargeContext)|cliQuery|remoteSandboxServer|limits|tracing)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const [long, others]: [TestSpecification[], TestSpecification[]] = [[], []];
		for (const file of await super.sort(files)) (LONG.test(file.moduleId) ? long : others).push(file);
		return [...long, ...others];
	}
}

const shared = {
	testTimeout: 60_000,
	hookTimeout: 60_000,
	pool: 'forks',
	// Node 24.21 can crash while it frees WebAssembly code that several threads share (`jit_page_->allocations_.erase`).
	execArgv: ['--no-wasm-code-gc'],
} as const;

export default defineConfig({
	test: {
		globalSetup: ['test/support/vault.ts'],
		// Worker threads inside the tests use both cores; more files at a time only make them wait for each other.
		maxWorkers: 2,
		sequence: { sequencer: LongestFirst },
		projects: [
			{ test: { ...shared, name: 'all', include: ['test/{unit,integration}/**/*.test.ts'] } },
			// A real model on a busy machine writes a few tokens a second.
			{ test: { ...shared, name: 'real', testTimeout: 300_000, include: ['test/real/**/*.test.ts'] } },
			{
				test: { ...shared, name: 'process', include: sandboxSuites, env: { RLM_TEST_DEPLOYMENT: 'process' } },
			},
		],
	},
});
