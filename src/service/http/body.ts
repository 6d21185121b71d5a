import * as v from 'valibot';
import type { Compute } from '../../compute/compute.ts';
import { type BodyReading, readBody } from '../../compute/readBody.ts';
import { ComputeError } from '../../core/errors.ts';
import type { Bodies } from '../../node/bodies.ts';
import { SHORT_JSON } from '../../protocol/boundedJson.ts';
import { HttpError } from './httpErrors.ts';

/** Longest time for reading a large body. ms */
const READ_MS = 10_000;

/** What receives and parses bodies. */
export interface BodyReaders {
	readonly bodies: Bodies;
	readonly compute: Compute;
	/** Largest JSON body. Bytes. */
	readonly maxJsonBytes: number;
}

/**
 * Reads a body as JSON and validates it. Contexts that are JSON values stay JSON text.
 * @throws HttpError 415, 413, 503, or 400 that names the field; BodyError; CancelledError
 */
export async function readJson<S extends v.GenericSchema>(
	request: Request,
	schema: S,
	{ bodies, compute, maxJsonBytes }: BodyReaders,
	gone: AbortSignal,
): Promise<v.InferOutput<S>> {
	requireType(request, 'application/json');
	const largest = { bytes: maxJsonBytes, tooLarge: () => tooLarge(maxJsonBytes) };
	const read = await bodies.read(request, largest, (bytes) => reading(bytes, compute, gone), gone);
	if ('problem' in read) throw new HttpError(400, 'input', read.problem);
	const { value } = read;
	// For valibot a list is an object without fields.
	if (Array.isArray(value)) throw new HttpError(400, 'input', 'the body: expected Object, got Array');
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	throw new HttpError(400, 'input', problemOf(result.issues[0]), 'GET /openapi.json describes every request.');
}

function tooLarge(maxJsonBytes: number): HttpError {
	const hint = 'Send large texts to POST /contexts as text/plain, and name the context in the query.';
	return new HttpError(413, 'too-large', `a JSON body may have at most ${maxJsonBytes} bytes`, hint);
}

/** Requires a media type, because a browser page can send other types without a preflight. @throws HttpError 415 */
function requireType(request: Request, type: string): void {
	if (mediaType(request) === type) return;
	throw new HttpError(415, 'media-type', `the body must be ${type}`, `Send the header Content-Type: ${type}`);
}

/** Returns type and subtype of a body, without parameters. */
export function mediaType(request: Request): string {
	return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Reads JSON; what could hold up the host's thread is read on another one. */
async function reading(bytes: Uint8Array<ArrayBuffer>, compute: Compute, gone: AbortSignal): Promise<BodyReading> {
	if (bytes.length <= SHORT_JSON) return readBody(bytes);
	try {
		return await compute.run('readBody', bytes, READ_MS, gone, [bytes.buffer]);
	} catch (error) {
		if (!(error instanceof ComputeError)) throw error;
		if (error.reason === 'busy') throw new HttpError(503, 'busy', error.message, 'Try again later.');
		throw new HttpError(413, 'too-large', `the body cannot be read: ${error.message}`);
	}
}

/** Describes a problem in one sentence with the path of the field. For a union it takes the variant that fits best. */
function problemOf(issue: v.BaseIssue<unknown>): string {
	const meant = issue.type === 'union' && issue.issues ? nearest(issue.issues) : undefined;
	const path = [issue, ...(meant ? [meant] : [])].map((part) => v.getDotPath(part as v.GenericIssue)).filter(Boolean);
	const where = path.length === 0 ? 'the body' : path.join('.');
	return `${where}: ${sentence(meant ?? issue)}`;
}

/** Returns the first problem other than the presence or absence of the fields that tell the variants apart. */
function nearest(issues: readonly v.BaseIssue<unknown>[]): v.BaseIssue<unknown> | undefined {
	return issues.find(({ type }) => type !== 'strict_object');
}

function sentence(issue: v.BaseIssue<unknown>): string {
	if (issue.kind === 'validation') return issue.message;
	if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown field';
	if (issue.type === 'strict_object' && issue.received === 'undefined') return 'is missing';
	if (issue.type === 'union')
		return 'it must have exactly one of id, text, files, json and paths, and no unknown field';
	return `expected ${issue.expected ?? 'something else'}, got ${issue.received}`;
}
