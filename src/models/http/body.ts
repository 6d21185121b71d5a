import type http from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

const UNPACK: Readonly<Record<string, () => Transform>> = {
	gzip: () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
	'x-gzip': () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
	deflate: () => createInflate({ flush: constants.Z_SYNC_FLUSH }),
	br: () => createBrotliDecompress(),
	zstd: () => createZstdDecompress(),
};

/** The body, decompressed: some gateways compress without being asked to. */
export function unpacked(incoming: http.IncomingMessage): Readable {
	const encodings = (incoming.headers['content-encoding'] ?? '').toLowerCase().split(',');
	// The last one was applied last. More than two are an attack.
	const layers = encodings.reverse().flatMap((name) => UNPACK[name.trim()] ?? []);
	// A faulty body or connection shows up where the body is read.
	return layers.slice(0, 2).reduce<Readable>((body, unpack) => pipeline(body, unpack(), () => {}), incoming);
}

/** Headers of a response, as `fetch` has them. */
export function headersOf(incoming: http.IncomingMessage): Headers {
	const headers = new Headers();
	for (const [name, values] of Object.entries(incoming.headersDistinct)) {
		for (const value of values ?? []) headers.append(name, value);
	}
	return headers;
}

/** Collects the pieces of a body in `into`, up to a size that is worth reading. What arrived stays there after an error. */
export async function collect(pieces: AsyncIterable<Uint8Array>, maxBytes: number, into: Uint8Array[]): Promise<void> {
	let bytes = 0;
	for await (const piece of pieces) {
		into.push(piece);
		bytes += piece.length;
		if (bytes > maxBytes) break;
	}
}

/** The body for an SDK: reads a piece when the SDK asks for it. */
export function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
	return new ReadableStream<Uint8Array>({
		pull: async (controller) => {
			try {
				const { done, value } = await pieces.next();
				if (done) controller.close();
				else controller.enqueue(value);
			} catch (error) {
				controller.error(error);
			}
		},
	});
}
