import type { SandboxOptions } from '../core/sandbox.ts';

/** Texts that travel in the payload of the set-up command, referred to by their position. */
class TextTable {
	readonly #texts: Buffer[] = [];

	add(text: string): number {
		return this.#texts.push(Buffer.from(text)) - 1;
	}

	get lengths(): number[] {
		return this.#texts.map((text) => text.length);
	}

	join(): Buffer {
		return Buffer.concat(this.#texts);
	}
}

/** The first command of a session. Text contexts do not travel: the worker reads them where they lie. */
export function encodeSetup(options: SandboxOptions): { header: object; payload: Uint8Array } {
	const table = new TextTable();
	const contexts = options.contexts.map((context) =>
		context.kind === 'json' ? { text: table.add(context.json) } : {},
	);
	const histories = options.histories.map((history) => table.add(history));
	const memory = options.memory === undefined ? {} : { memory: table.add(options.memory) };
	const tools = Object.entries(options.tools).map(([name, { description }]) => ({ name, description }));
	const fields = options.outputFields ? { outputFields: options.outputFields } : {};
	const header = { op: 'setup', texts: table.lengths, contexts, histories, tools, ...memory, ...fields };
	return { header, payload: table.join() };
}
