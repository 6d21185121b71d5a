// The least that a blocking question of a worker thread can cost: a message there, a message back, no content checked.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

const { control, bytes, rounds } = workerData as { control: SharedArrayBuffer; bytes: number; rounds: number };
const wake = new Int32Array(control);
const times: number[] = [];
for (let round = 0; round < rounds; round++) {
	const startedAt = performance.now();
	const seen = Atomics.load(wake, 0);
	parentPort?.postMessage(new Uint8Array(bytes));
	Atomics.wait(wake, 0, seen);
	if (parentPort) receiveMessageOnPort(parentPort);
	times.push(performance.now() - startedAt);
}
parentPort?.postMessage(times);
