import type { CheckedLines, LineGuard } from './lines.ts';

/**
 * Passes on the lines of a streamed reply that an SDK reads itself, checked.
 * @param sawLines called for each piece, with what it shows about the server
 * @throws ModelError, and what reading the pieces throws
 */
export async function* checkedLines(
	pieces: AsyncIterable<Uint8Array>,
	guard: LineGuard,
	sawLines: (sign: CheckedLines['sign']) => void,
): AsyncGenerator<Uint8Array> {
	for await (const piece of pieces) {
		const lines = guard.push(piece);
		sawLines(lines.sign);
		if (lines.bytes.length > 0) yield lines.bytes;
	}
	const rest = guard.flush();
	if (rest.bytes.length > 0) yield rest.bytes;
}

/**
 * Reads an event stream up to its end marker or its end.
 * @param sawLines called for each piece, with what it shows about the server
 * @param onValue takes each JSON value, in order
 * @returns whether the reply is complete by its form
 * @throws ModelError, and what reading the pieces or `onValue` throws
 */
export async function readEvents(
	pieces: AsyncIterable<Uint8Array>,
	guard: LineGuard,
	sawLines: (sign: CheckedLines['sign']) => void,
	onValue: (value: unknown) => void | Promise<void>,
): Promise<boolean> {
	const take = async ({ values, sign }: CheckedLines) => {
		sawLines(sign);
		for (const value of values) await onValue(value);
	};
	for await (const piece of pieces) {
		const lines = guard.push(piece);
		await take(lines);
		if (lines.isDone) return true;
	}
	const rest = guard.flush();
	await take(rest);
	return rest.isDone;
}
