import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import Mocha from 'mocha';
import { present } from '../../../src/core/present.ts';

/** Entry of the test run inside the extension host; named by the runner as `extensionTestsPath`. */
export async function run(): Promise<void> {
	const socket = connect(process.env.RLM_TEST_SOCKET ?? '');
	await once(socket, 'connect');
	const grep = process.env.RLM_TEST_GREP;
	const mocha = new Mocha(present({ ui: 'bdd', timeout: 60_000, reporter: socketReporter(socket), grep }));
	const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs'));
	for (const file of files.sort()) mocha.addFile(join(import.meta.dirname, file));
	await mocha.loadFilesAsync();
	const failures = await new Promise<number>((resolve) => mocha.run(resolve));
	socket.end(`${JSON.stringify({ type: 'end' })}\n`);
	await once(socket, 'close');
	if (failures > 0) throw new Error(`${failures} failed`);
}

/** Sends every result as a line of JSON to the runner, which prints and counts it. */
function socketReporter(socket: Socket): Mocha.ReporterConstructor {
	const send = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
	return class extends Mocha.reporters.Base {
		constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
			super(runner, options);
			runner.on('pass', (test) => send({ type: 'pass', title: test.fullTitle(), ms: test.duration ?? 0 }));
			runner.on('fail', (test, error) =>
				send({ type: 'fail', title: test.fullTitle(), stack: error.stack ?? `${error}` }),
			);
			runner.on('pending', (test) => send({ type: 'pending', title: test.fullTitle() }));
		}
	};
}
