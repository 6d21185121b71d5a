import type { SandboxOptions, SandboxRenewal } from '../../../core/ports/sandbox.ts';
import { present } from '../../../core/present.ts';
import type { Renewal, SessionDescription } from '../../../protocol/remoteFrames.ts';
import { describeTools } from '../setup.ts';

/** What a server needs to start a session: a description and bytes. */
export interface DescribedSession {
	readonly description: SessionDescription;
	readonly texts: readonly Uint8Array[];
}

/** What a server needs to hand a session over to the next run. */
export function describeRenewal({ histories, tools, outputFields }: SandboxRenewal): Renewal {
	return present<Renewal>({
		histories: [...histories],
		tools: describeTools(tools),
		outputFields: outputFields ? [...outputFields] : undefined,
	});
}

/** Describes a session without copying texts that are bytes already. */
export function describeSession(options: SandboxOptions): DescribedSession {
	const texts: Uint8Array[] = [];
	const add = (text: string | SharedArrayBuffer): number =>
		texts.push(typeof text === 'string' ? Buffer.from(text) : new Uint8Array(text)) - 1;
	const contexts = options.contexts.map((context) =>
		context.kind === 'json'
			? { kind: context.kind, label: context.label, text: add(context.json) }
			: { kind: context.kind, label: context.label, text: add(context.bytes), files: [...context.files] },
	);
	const description = present({
		memoryBytes: options.memoryBytes,
		contexts,
		histories: options.histories.map(add),
		memory: options.memory === undefined ? undefined : add(options.memory),
		tools: describeTools(options.tools),
		outputFields: options.outputFields ? [...options.outputFields] : undefined,
		texts: texts.map((text) => text.length),
	});
	return { description, texts };
}
