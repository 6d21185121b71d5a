import * as v from 'valibot';
import { HttpError } from './httpErrors.ts';

/** Reads a body as JSON and validates it. @throws HttpError 415 or 400 that names the field */
export async function readJson<S extends v.GenericSchema>(request: Request, schema: S): Promise<v.InferOutput<S>> {
	requireType(request, 'application/json');
	const value = parse(await request.text().catch(throwBodyError));
	// For valibot a list is an object without fields.
	if (Array.isArray(value)) throw new HttpError(400, 'input', 'the body: expected Object, got Array');
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	throw new HttpError(400, 'input', problemOf(result.issues[0]), 'GET /openapi.json describes every request.');
}

/** A client that leaves in the middle of its body is no defect of ours. @throws HttpError 400, or the error as it is */
export function throwBodyError(error: unknown): never {
	const hasBrokenOff = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
	throw hasBrokenOff ? new HttpError(400, 'input', 'the body broke off before its end') : error;
}

/** A page in a browser can send other types without asking first. @throws HttpError 415 */
export function requireType(request: Request, type: string): void {
	if (mediaType(request) === type) return;
	throw new HttpError(415, 'media-type', `the body must be ${type}`, `Send the header Content-Type: ${type}`);
}

/** Type and subtype of a body, without parameters. */
export function mediaType(request: Request): string {
	return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new HttpError(400, 'input', `the body is not JSON: ${reason}`);
	}
}

/** One sentence with the path of the field. Of a union, the variant that fits best is meant. */
function problemOf(issue: v.BaseIssue<unknown>): string {
	const meant = issue.type === 'union' && issue.issues ? nearest(issue.issues) : undefined;
	const path = [issue, ...(meant ? [meant] : [])].map((part) => v.getDotPath(part as v.GenericIssue)).filter(Boolean);
	const where = path.length === 0 ? 'the body' : path.join('.');
	return `${where}: ${sentence(meant ?? issue)}`;
}

/** The problem that is not simply the absence or presence of the fields that tell the variants apart. */
function nearest(issues: readonly v.BaseIssue<unknown>[]): v.BaseIssue<unknown> | undefined {
	return issues.find(({ type }) => type !== 'strict_object');
}

function sentence(issue: v.BaseIssue<unknown>): string {
	if (issue.kind === 'validation') return issue.message;
	if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown field';
	if (issue.type === 'strict_object' && issue.received === 'undefined') return 'is missing';
	if (issue.type === 'union') return 'it must have one of id, text, files, json, paths, and nothing unknown';
	return `expected ${issue.expected ?? 'something else'}, got ${issue.received}`;
}
