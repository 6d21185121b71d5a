import type { Gate } from './types.ts';

/** Longest console text that is forwarded. Characters. */
const CONSOLE_CHARACTERS = 4000;

/** The globals that the glue expects while it loads; nothing that reaches outside the realm. */
export function installGlobals(gate: Gate): void {
	const doNothing = () => {};
	const say = (...parts: unknown[]) => {
		let text = '';
		for (const part of parts) text += `${describe(part)} `;
		gate.diagnose(text.slice(0, CONSOLE_CHARACTERS));
	};
	Object.assign(globalThis, {
		console: { log: say, info: say, warn: say, error: say, debug: doNothing, trace: doNothing },
		performance: { now: () => gate.now() },
		// There is no event loop here: a timer never fires.
		setTimeout: () => 0,
		clearTimeout: doNothing,
		TextDecoder: Utf8Decoder,
		TextEncoder: Utf8Encoder,
		read: doNothing,
	});
}

function describe(value: unknown): string {
	if (typeof value === 'string') return value;
	if (value instanceof Error) return value.stack ?? value.message;
	return typeof value;
}

/**
 * Removes what code that got into this realm would use first. `__proto__` goes before the glue runs, because the
 * in-memory file system keeps folders as plain objects with file names as keys.
 */
export function removePrototypeAccessors(): void {
	for (const name of ['__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__']) {
		Reflect.deleteProperty(Object.prototype, name);
	}
}

/** Removes the rest once the glue has started. Compiling code from strings is switched off for the whole realm. */
export function removePowerfulGlobals(): void {
	const names = ['Function', 'eval', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'read', 'Iterator', 'ShadowRealm'];
	for (const name of [...names, 'FinalizationRegistry', 'WeakRef']) Reflect.deleteProperty(globalThis, name);
}

/** A decoder, because a bare realm has none. The glue decodes file names and messages with it, all of them short. */
class Utf8Decoder {
	decode(input?: ArrayBufferView): string {
		if (!input) return '';
		const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
		let text = '';
		for (let position = 0; position < bytes.length; ) {
			const [codePoint, length] = decodeCodePoint(bytes, position);
			text += String.fromCodePoint(codePoint);
			position += length;
		}
		return text;
	}
}

const REPLACEMENT = 0xfffd;

function decodeCodePoint(bytes: Uint8Array, position: number): readonly [codePoint: number, length: number] {
	const lead = bytes[position] ?? 0;
	if (lead < 0x80) return [lead, 1];
	const tail = (offset: number) => (bytes[position + offset] ?? 0) & 0x3f;
	if (lead < 0xe0) return [((lead & 0x1f) << 6) | tail(1), 2];
	if (lead < 0xf0) return [((lead & 0x0f) << 12) | (tail(1) << 6) | tail(2), 3];
	const codePoint = ((lead & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
	return [codePoint > 0x10ffff ? REPLACEMENT : codePoint, 4];
}

/** An encoder, for the source text of build steps. */
export class Utf8Encoder {
	encode(text: string): Uint8Array {
		const bytes: number[] = [];
		for (const character of text) appendCodePoint(bytes, character.codePointAt(0) ?? REPLACEMENT);
		return new Uint8Array(bytes);
	}
}

function appendCodePoint(bytes: number[], codePoint: number): void {
	const tail = (shift: number) => 0x80 | ((codePoint >> shift) & 0x3f);
	if (codePoint < 0x80) bytes.push(codePoint);
	else if (codePoint < 0x800) bytes.push(0xc0 | (codePoint >> 6), tail(0));
	else if (codePoint < 0x10000) bytes.push(0xe0 | (codePoint >> 12), tail(6), tail(0));
	else bytes.push(0xf0 | (codePoint >> 18), tail(12), tail(6), tail(0));
}
