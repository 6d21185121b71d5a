import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Tells a process that reads nothing to stop, without shared memory: through a file whose length is the number of
 * interrupts. The process has a read-only descriptor.
 */
export class InterruptFile {
	readonly #path = join(tmpdir(), `rlm-interrupt-${randomUUID()}`);
	readonly #writer: number;
	/** Descriptor for the process; close it here once it has been handed over. */
	readonly reader: number;
	#count = 0;
	#isOpen = true;

	/** @throws Error when there is no room for temporary files */
	constructor() {
		this.#writer = openSync(this.#path, 'wx', 0o600);
		this.reader = openSync(this.#path, 'r');
		// Windows does not delete an open file; dispose() deletes it there.
		if (process.platform !== 'win32') rmSync(this.#path);
	}

	get count(): number {
		return this.#count;
	}

	interrupt(): void {
		if (this.#isOpen) ftruncateSync(this.#writer, ++this.#count);
	}

	dispose(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		closeSync(this.#writer);
		rmSync(this.#path, { force: true });
	}
}
