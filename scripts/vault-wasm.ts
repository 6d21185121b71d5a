const MAGIC_AND_VERSION_BYTES = 8;
const EXPORT_SECTION = 7;

/**
 * A copy of a wasm module that exports only the given names. Every instance makes a JavaScript object for each of its
 * exports, and CPython has more than eight thousand of them.
 * Format: https://webassembly.github.io/spec/core/binary/modules.html
 * @throws Error when the module lacks one of the names
 */
export function keepExports(binary: Uint8Array, names: ReadonlySet<string>): Uint8Array {
	const parts: Uint8Array[] = [binary.subarray(0, MAGIC_AND_VERSION_BYTES)];
	const reader = new Reader(binary, MAGIC_AND_VERSION_BYTES);
	while (!reader.isAtEnd) {
		const start = reader.position;
		const id = reader.byte();
		const length = reader.number();
		const content = reader.bytes(length);
		if (id !== EXPORT_SECTION) parts.push(binary.subarray(start, reader.position));
		else {
			const kept = exportSection(content, names);
			parts.push(Uint8Array.of(id, ...unsignedLeb128(kept.length)), kept);
		}
	}
	return Buffer.concat(parts);
}

function exportSection(content: Uint8Array, names: ReadonlySet<string>): Uint8Array {
	const reader = new Reader(content, 0);
	const missing = new Set(names);
	const kept: Uint8Array[] = [];
	for (let count = reader.number(); count > 0; count--) {
		const start = reader.position;
		const name = Buffer.from(reader.bytes(reader.number())).toString();
		reader.byte();
		reader.number();
		if (missing.delete(name)) kept.push(content.subarray(start, reader.position));
	}
	if (missing.size > 0) throw new Error(`the wasm module does not export ${[...missing].join(', ')}`);
	return Buffer.concat([Uint8Array.from(unsignedLeb128(kept.length)), ...kept]);
}

class Reader {
	readonly #bytes: Uint8Array;
	position: number;

	constructor(bytes: Uint8Array, position: number) {
		this.#bytes = bytes;
		this.position = position;
	}

	get isAtEnd(): boolean {
		return this.position >= this.#bytes.length;
	}

	byte(): number {
		const value = this.#bytes[this.position++];
		if (value === undefined) throw new Error('the wasm module ends in the middle of a section');
		return value;
	}

	/** Unsigned LEB128. */
	number(): number {
		let value = 0;
		for (let factor = 1; ; factor *= 0x80) {
			const byte = this.byte();
			value += (byte & 0x7f) * factor;
			if (byte < 0x80) return value;
		}
	}

	bytes(length: number): Uint8Array {
		this.position += length;
		return this.#bytes.subarray(this.position - length, this.position);
	}
}

function unsignedLeb128(value: number): number[] {
	return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsignedLeb128(value >>> 7)];
}
