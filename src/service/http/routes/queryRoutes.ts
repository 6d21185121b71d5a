import type { Compute } from '../../../compute/compute.ts';
import { schemaValidator, tryOut } from '../../../compute/schemaValidator.ts';
import { onAbort } from '../../../core/abort.ts';
import { ComputeError, InputError } from '../../../core/errors.ts';
import type { Limits } from '../../../core/events.ts';
import { DEFAULT_LIMITS } from '../../../core/limits.ts';
import { present } from '../../../core/present.ts';
import { reportOf } from '../../../core/report.ts';
import type { AnswerValidator } from '../../../core/request.ts';
import { rootRun } from '../../../core/tree.ts';
import type { EngineQuestion } from '../../../engine.ts';
import { coreLimits } from '../../../settings/limits.ts';
import type { Settings } from '../../../settings/settings.ts';
import { readJson } from '../body.ts';
import { eventStream } from '../eventStream.ts';
import type { Execution } from '../execution.ts';
import { HttpError, statusOfEnd } from '../httpErrors.ts';
import { readContexts } from '../readContext.ts';
import {
	goneSignal,
	parameter,
	type ResponseDescription,
	type Route,
	type RouteContext,
	type Service,
} from '../routes.ts';
import { type QueryInput, querySchema, sessionQuerySchema } from '../schemas.ts';

const RESPONSES: Readonly<Record<number, ResponseDescription>> = {
	200: {
		description: 'The result of the run, or with `Accept: text/event-stream` its events as they happen.',
		content: { 'application/json': 'Report', 'text/event-stream': 'Text' },
	},
	202: {
		description: 'The run continues without the client (`detach`).',
		content: { 'application/json': 'Execution' },
	},
	502: { description: 'No model server could serve the run.', content: { 'application/json': 'ErrorBody' } },
};

const HEADERS = { Accept: '`text/event-stream` streams the events of the run as they happen.' };

/** Routes that ask questions. */
export const queryRoutes: readonly Route[] = [
	{
		method: 'post',
		path: '/query',
		id: 'query',
		summary: 'Asks a question. The service cancels the run when the client disconnects, unless it is detached.',
		body: querySchema,
		headers: HEADERS,
		responses: RESPONSES,
		async handle(context, service) {
			const { engine, executions, source } = service;
			executions.assertRoom();
			const gone = goneSignal(context);
			const input = await readJson(context.req.raw, querySchema, service, gone);
			const contexts = await readContexts(input.contexts, source, gone);
			const question = { ...(await questionOf(input, service, gone)), contexts };
			const execution = executions.begin({
				query: input.query,
				run: (signal) => engine.start(question, signal),
			});
			return respond(context, execution, input, gone);
		},
	},
	{
		method: 'post',
		path: '/sessions/:id/query',
		id: 'sessionQuery',
		summary: 'Asks the next question of a session, which keeps variables, memory and history.',
		body: sessionQuerySchema,
		headers: HEADERS,
		responses: RESPONSES,
		async handle(context, service) {
			const { executions, sessions, contexts: kept, source } = service;
			executions.assertRoom();
			const id = parameter(context, 'id');
			sessions.free(id);
			const gone = goneSignal(context);
			const input = await readJson(context.req.raw, sessionQuerySchema, service, gone);
			const own = await readContexts(input.contexts ?? [], source, gone);
			const asked = await questionOf(input, service, gone);
			const session = sessions.free(id); // another question may have arrived meanwhile
			const contexts = [...session.contexts.map((contextId) => kept.get(contextId)), ...own];
			if (contexts.length === 0) {
				throw new HttpError(
					400,
					'input',
					'there is no context to ask about',
					'Give the session or the question a context.',
				);
			}
			const question = { ...asked, contexts };
			const execution = executions.begin({
				query: input.query,
				sessionId: id,
				run: (signal) => session.conversation.ask(question, signal),
			});
			sessions.occupy(session, execution);
			return respond(context, execution, input, gone);
		},
	},
];

async function questionOf(
	input: QueryInput,
	{ settings, compute }: Service,
	gone: AbortSignal,
): Promise<Omit<EngineQuestion, 'contexts'>> {
	const { query, mode, rootModel, subModel, memo, strict, limits, outputSchema } = input;
	return present({
		query,
		mode,
		rootModel,
		subModel,
		memo,
		strict,
		limits: limits === undefined ? undefined : lowered(coreLimits(limits), settings),
		output: outputSchema === undefined ? undefined : await validatorOf(outputSchema, compute, gone),
	});
}

/** Lowers the limits of the service as a client asks; never raises them. */
function lowered(asked: Partial<Limits>, settings: Settings): Partial<Limits> {
	const most: Limits = { ...DEFAULT_LIMITS, ...settings.limits };
	const names = Object.keys(asked) as (keyof Limits)[];
	return Object.fromEntries(names.map((name) => [name, Math.min(asked[name] ?? most[name], most[name])]));
}

/** Compiles an output schema. @throws HttpError 400 when it is not usable, 503 when there is too much to do; CancelledError */
async function validatorOf(schema: object, compute: Compute, gone: AbortSignal): Promise<AnswerValidator> {
	try {
		const validator = schemaValidator(schema, compute);
		await tryOut(schema, compute, gone);
		return validator;
	} catch (error) {
		if (!(error instanceof ComputeError || error instanceof InputError)) throw error;
		if (error.code === 'compute' && error.reason === 'busy') throw new HttpError(503, 'busy', error.message);
		throw new HttpError(400, 'input', `outputSchema: not a usable JSON schema: ${error.message}`);
	}
}

async function respond(
	context: RouteContext,
	execution: Execution,
	{ detach = false }: QueryInput,
	gone: AbortSignal,
): Promise<Response> {
	if (!detach) onAbort(gone, () => execution.start.run?.cancel());
	if (context.req.header('accept')?.includes('text/event-stream')) return eventStream(execution, -1, gone);
	context.header('location', `/executions/${execution.id}`);
	if (detach) return context.json(execution.view(), 202);
	await execution.ended;
	const { end } = execution;
	if (!end) throw new HttpError(500, 'internal', `execution ${execution.id} ended without a result`);
	return context.json(reportOf(end, rootRun(execution.tree), execution.journal), statusOfEnd(end));
}
