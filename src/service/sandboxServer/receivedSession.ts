import type { Context } from '../../core/ports/context.ts';
import type { SandboxHost, SandboxOptions } from '../../core/ports/sandbox.ts';
import { present } from '../../core/present.ts';
import { decodeRemote, type SessionDescription } from '../../protocol/remoteFrames.ts';
import { FrameError } from '../../protocol/sandboxFrames.ts';

/** A session that a client describes, and its incoming texts. They are received once, into their final place. */
export class ReceivedSession {
	readonly description: SessionDescription;
	readonly #texts: readonly SharedArrayBuffer[];
	/** Position of the next byte: the text, and the offset in it. */
	#text = 0;
	#offset = 0;

	/** @throws FrameError when the description contradicts itself */
	constructor(description: SessionDescription) {
		this.description = description;
		this.#checkReferences();
		this.#texts = description.texts.map((length) => new SharedArrayBuffer(length));
		this.#skipFull();
	}

	get isComplete(): boolean {
		return this.#text === this.#texts.length;
	}

	/** Takes the next bytes. @throws FrameError when there are more than announced */
	receive(piece: Uint8Array): void {
		let rest = piece;
		while (rest.length > 0) {
			const text = this.#texts[this.#text];
			if (!text) throw new FrameError('there is more text than announced');
			const part = rest.subarray(0, text.byteLength - this.#offset);
			new Uint8Array(text).set(part, this.#offset);
			this.#offset += part.length;
			rest = rest.subarray(part.length);
			this.#skipFull();
		}
	}

	/** Returns the setup of the sandbox; call it when all texts have arrived. */
	options(host: SandboxHost, tools: SandboxOptions['tools']): SandboxOptions {
		const { contexts, histories, memory, memoryBytes, outputFields } = this.description;
		return present({
			contexts: contexts.map((context) => this.#context(context)),
			histories: histories.map((index) => this.#string(index)),
			memory: memory === undefined ? undefined : this.#string(memory),
			outputFields,
			tools,
			memoryBytes,
			host,
		});
	}

	#context(context: SessionDescription['contexts'][number]): Context {
		const { label } = context;
		if (context.kind === 'json') return { kind: 'json', label, json: this.#string(context.text) };
		const bytes = this.#texts[context.text] ?? new SharedArrayBuffer(0);
		return { kind: context.kind, label, bytes, files: context.files.map((file) => present(file)), leftOut: [] };
	}

	#string(index: number): string {
		return Buffer.from(this.#texts[index] ?? new SharedArrayBuffer(0)).toString();
	}

	#skipFull(): void {
		while (this.#offset === this.#texts[this.#text]?.byteLength) {
			this.#text++;
			this.#offset = 0;
		}
	}

	#checkReferences(): void {
		const { texts, contexts, histories, memory } = this.description;
		const used = [...contexts.map(({ text }) => text), ...histories, ...(memory === undefined ? [] : [memory])];
		if (used.some((index) => index >= texts.length)) throw new FrameError('a text is used but was not announced');
		// Each use makes a copy, but a tenant's limit counts each text once.
		if (new Set(used).size < used.length) throw new FrameError('a text is used twice');
		for (const context of contexts) {
			if (context.kind === 'json') continue;
			const length = texts[context.text] ?? 0;
			if (context.files.some((file) => file.offset + file.length > length)) {
				throw new FrameError('a file is longer than its text');
			}
		}
	}
}

/** Sum of the texts. Bytes. */
export function textBytes({ texts }: SessionDescription): number {
	return texts.reduce((sum, length) => sum + length, 0);
}

/** @throws FrameError */
export function readDescription(payload: Uint8Array): SessionDescription {
	return decodeRemote('description', payload);
}
