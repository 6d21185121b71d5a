import type { Browser } from 'playwright-core';
import { traceOf } from '../../../src/core/errors.ts';
import type { Host } from './server.ts';

/** What every group of tests needs. */
export interface Setup {
	/** Folder of the project. */
	readonly root: string;
	readonly host: Host;
	readonly browser: Browser;
	/** The packaged extension to test instead of the one in development. */
	readonly vsix: string | undefined;
	/** Whether pictures of the windows are taken; of a test that fails there always is one. */
	readonly shots: boolean;
	/** Only tests whose name contains this. */
	readonly grep: string;
	readonly report: Report;
}

/** Prints a line per test and counts. */
export class Report {
	#passed = 0;
	#failed = 0;
	#skipped = 0;
	#hasTrouble = false;

	passed(name: string, durationMs: number): void {
		this.#passed++;
		console.log(`  ok    ${name} (${Math.round(durationMs)} ms)`);
	}

	failed(name: string, reason: unknown): void {
		this.#failed++;
		console.log(`  FAIL  ${name}\n${traceOf(reason)}`);
	}

	skipped(name: string): void {
		this.#skipped++;
		console.log(`  skip  ${name}`);
	}

	/** The host failed, so that the result says nothing about the extension. */
	trouble(reason: unknown): void {
		this.#hasTrouble = true;
		console.log(`host trouble: ${traceOf(reason)}`);
	}

	/** Prints the last line. A host that failed counts as a failure. @returns the exit code */
	finish(): number {
		const failed = this.#failed === 0 && this.#hasTrouble ? 1 : this.#failed;
		console.log(`${this.#passed} passed, ${failed} failed, ${this.#skipped} skipped`);
		if (failed > 0) return 1;
		return this.#passed === 0 ? 2 : 0;
	}
}
