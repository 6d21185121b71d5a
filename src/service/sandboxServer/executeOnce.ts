import * as v from 'valibot';
import { InputError } from '../../core/errors.ts';
import type { CellResult, QueryReply, SandboxFactory, SandboxHost } from '../../core/ports/sandbox.ts';
import { parseBoundedJson } from '../../protocol/boundedJson.ts';
import { FrameError } from '../../protocol/frameError.ts';
import type { Tenant } from './tenants.ts';

/** Memory of an interpreter that lives for one cell, if the tenant has that much left. Bytes. */
const MEMORY_BYTES = 1 << 30;

const requestSchema = v.strictObject({
	code: v.string(),
	timeoutMs: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(600_000)), 30_000),
	outputCharacters: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)), 20_000),
});

/** A cell and its limits. */
export type CellRequest = v.InferOutput<typeof requestSchema>;

const REFUSED: QueryReply = { text: 'model calls are not available in a single execution', failure: 'refused' };

/** A host that answers nothing: nobody is there to ask. */
const NO_HOST: SandboxHost = {
	query: (queries) => queries.map(async () => REFUSED),
	budget: () => ({ calls: 0 }),
};

/**
 * Runs one cell in a new REPL, which is disposed of afterwards.
 * @param receive receives the request; called once the tenant has room for it
 * @throws InputError, LimitError, SandboxError, CancelledError, or what `receive` throws
 */
export async function executeOnce(
	receive: () => Promise<CellRequest>,
	tenant: Tenant,
	sandboxes: SandboxFactory,
	signal: AbortSignal,
): Promise<CellResult> {
	const memoryBytes = Math.min(MEMORY_BYTES, tenant.limits.memoryBytes);
	const taken: (() => void)[] = [];
	try {
		taken.push(tenant.take('sessions', 1));
		taken.push(tenant.take('cells', 1));
		taken.push(tenant.take('memoryBytes', memoryBytes));
		const { code, ...limits } = await receive();
		const sandbox = await sandboxes.create(
			{ contexts: [], histories: [], tools: {}, memoryBytes, host: NO_HOST },
			signal,
		);
		try {
			return await sandbox.execute(code, limits, () => {}, signal);
		} finally {
			await sandbox.dispose();
		}
	} finally {
		for (const giveBack of taken) giveBack();
	}
}

/** Parses the JSON of a request. @throws InputError */
export function parseRequest(body: Uint8Array): CellRequest {
	const result = v.safeParse(requestSchema, parsed(body));
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw new InputError(`${v.getDotPath(issue) ?? 'the request'}: ${issue.message}`);
}

function parsed(body: Uint8Array): unknown {
	try {
		return parseBoundedJson(body);
	} catch (error) {
		if (!(error instanceof FrameError)) throw error;
		throw new InputError(`the request cannot be read: ${error.message}`, undefined, { cause: error });
	}
}
