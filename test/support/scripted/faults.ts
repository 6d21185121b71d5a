import type { Flavour, StreamParts } from './streams.ts';
import { errorPiece, streamParts } from './streams.ts';
import type { Fault, ScriptedReply, ScriptedRequest, Wire } from './types.ts';

/** What happens behind the last piece: the reply ends, the connection does, or neither. */
export type Ending = 'end' | 'close' | 'reset' | 'silence' | 'pings' | 'bytes';

/** A streamed reply as a server sends it, mangled as its fault demands. */
export interface StagedReply {
	readonly pieces: readonly (string | Uint8Array)[];
	readonly ending: Ending;
}

const ENDINGS: Partial<Record<Fault, Ending>> = {
	cut: 'close',
	'reset-in-body': 'reset',
	'hang-in-body': 'silence',
	'hang-with-pings': 'pings',
	'pings-before-reply': 'pings',
	'hang-with-bytes': 'bytes',
};

/** How a reply is sent. */
export function stage(kind: Wire, flavour: Flavour, request: ScriptedRequest, reply: ScriptedReply): StagedReply {
	const shown = reply.fault === 'empty' ? { ...reply, text: '', reasoning: '' } : reply;
	const lines = mangledLines(kind, reply, streamParts(kind, flavour, request, shown));
	return {
		pieces: mangledBytes(reply.fault, lines),
		ending: (reply.fault && ENDINGS[reply.fault]) ?? 'end',
	};
}

/** A sign of life that is no part of a reply. */
export function ping(kind: Wire): string {
	if (kind === 'ollama') return '\n';
	return kind === 'anthropic' ? 'event: ping\ndata: {"type": "ping"}\n\n' : ': keep-alive\n\n';
}

function mangledLines(kind: Wire, reply: ScriptedReply, { head, content, tail, earlyUsage }: StreamParts): string[] {
	const middle = Math.ceil(content.length / 2);
	const begun = [...head, ...content.slice(0, middle)];
	const rest = [...content.slice(middle), ...tail];
	switch (reply.fault) {
		case 'pings-before-reply':
		case 'nothing':
			return [];
		case 'cut':
		case 'reset-in-body':
		case 'end-without-marker':
		case 'hang-in-body':
		case 'hang-with-pings':
		case 'hang-with-bytes':
			return begun;
		case 'end-in-line':
			return [...begun, (rest[0] ?? '').slice(0, -10)];
		case 'garbage-line':
			return [...begun, 'garbage\n', ...rest];
		case 'malformed-json':
			return [...begun, broken(content[0] ?? ''), ...rest];
		case 'error-after-start':
			return [...begun, errorPiece(kind, reply.body ?? 'the model crashed')];
		case 'empty-choices':
			return [...begun, 'data: {"id":"x","object":"chat.completion.chunk","created":1,"choices":[]}\n\n', ...rest];
		case 'usage-twice':
			return [...begun, earlyUsage, ...rest];
		case 'no-done':
			return [...begun, ...rest.slice(0, -1)];
		default:
			return [...begun, ...rest];
	}
}

/** The same lines as other bytes. */
function mangledBytes(fault: Fault | undefined, lines: readonly string[]): (string | Uint8Array)[] {
	switch (fault) {
		case 'split-bytes':
			return lines.flatMap((line) => [...Buffer.from(line)].map((byte) => Buffer.of(byte)));
		case 'split-lines':
			return lines.flatMap((line) => {
				const bytes = Buffer.from(line);
				return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
			});
		case 'invalid-utf8':
			return lines.map((line) => replaceByte(Buffer.from(line), '!', 0xff));
		case 'byte-order-mark':
			return ['\ufeff', ...lines];
		case 'crlf':
			return lines.map((line) => line.replaceAll('\n', '\r\n'));
		case 'no-space':
			return lines.map((line) => line.replaceAll(/^(data|event): /gm, '$1:'));
		case 'multi-line-data':
			// Between two fields of an object a line break changes nothing.
			return lines.map((line) => line.replaceAll(/^(data: \{.*)$/gm, (data) => data.replaceAll(',"', ',\ndata: "')));
		default:
			return [...lines];
	}
}

/** The same piece with its JSON cut short. */
function broken(piece: string): string {
	return piece.replace(/\}(\n+)$/, '$1');
}

function replaceByte(bytes: Buffer, character: string, byte: number): Buffer {
	for (let at = bytes.indexOf(character); at >= 0; at = bytes.indexOf(character, at + 1)) bytes[at] = byte;
	return bytes;
}
