import type { Context } from '../../core/ports/context.ts';
import type { SandboxOptions, SandboxRenewal } from '../../core/ports/sandbox.ts';

/** Texts in the payload of the set-up command, referenced by position. */
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

/** A command with the texts it refers to. */
interface EncodedCommand {
	readonly header: object;
	readonly payload: Uint8Array;
}

/** Builds the first command of a session. Text contexts do not travel: the worker reads them in place. */
export function encodeSetup(options: SandboxOptions): EncodedCommand {
	const table = new TextTable();
	const contexts = encodeContexts(options, table);
	const memory = options.memory === undefined ? {} : { memory: table.add(options.memory) };
	return encode('setup', { contexts, ...memory }, options, table);
}

/** Builds the command that hands a session over to the next run. Contexts that stay are not set up again. */
export function encodeRenewal(renewal: SandboxRenewal, hasNewContexts: boolean): EncodedCommand {
	const table = new TextTable();
	const contexts = hasNewContexts ? { contexts: encodeContexts(renewal, table) } : {};
	return encode('renew', contexts, renewal, table);
}

/** Describes tools to the interpreter: names and docstrings. */
export function describeTools(tools: SandboxOptions['tools']): { name: string; description: string }[] {
	return Object.entries(tools).map(([name, { signature, description }]) => ({
		name,
		description: signature === undefined ? description : `${signature}: ${description}`,
	}));
}

/** Whether two lists hold the very same contexts, in the same order. */
export function areSameContexts(contexts: readonly Context[], others: readonly Context[]): boolean {
	return contexts.length === others.length && contexts.every((context, index) => context === others[index]);
}

function encodeContexts({ contexts }: SandboxRenewal, table: TextTable): object[] {
	return contexts.map((context) => (context.kind === 'json' ? { text: table.add(context.json) } : {}));
}

function encode(op: string, fields: object, options: SandboxRenewal, table: TextTable): EncodedCommand {
	const histories = options.histories.map((history) => table.add(history));
	const tools = describeTools(options.tools);
	const outputFields = options.outputFields ? { outputFields: options.outputFields } : {};
	return {
		header: { op, texts: table.lengths, histories, tools, ...outputFields, ...fields },
		payload: table.join(),
	};
}
