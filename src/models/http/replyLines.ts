import type { RequestSite } from './classify.ts';
import { type CheckedLines, LineGuard, type StreamFormat } from './lines.ts';

/**
 * Passes on the lines of a streamed reply that an SDK reads itself, checked.
 * @param sawLines called for each piece, with what it shows about the server
 * @throws ModelError, and what reading the pieces throws
 */
export async function* checkedLines(
	pieces: AsyncIterable<Uint8Array>,
	format: StreamFormat,
	site: RequestSite,
	sawLines: (sign: CheckedLines['sign']) => void,
): AsyncGenerator<Uint8Array> {
	const guard = new LineGuard(format, site);
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
 * @throws ModelError, and what reading the pieces or `onValue` throws
 */
export async function readEvents(
	pieces: AsyncIterable<Uint8Array>,
	site: RequestSite,
	sawLines: (sign: CheckedLines['sign']) => void,
	onValue: (value: unknown) => void | Promise<void>,
): Promise<void> {
	const guard = new LineGuard('sse', site);
	const take = async ({ values, sign }: CheckedLines) => {
		sawLines(sign);
		for (const value of values) await onValue(value);
	};
	for await (const piece of pieces) {
		const lines = guard.push(piece);
		await take(lines);
		if (lines.isDone) return;
	}
	await take(guard.flush());
}
