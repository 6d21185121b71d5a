import { readJson } from '../body.ts';
import { HttpError } from '../httpErrors.ts';
import { readContexts } from '../readContext.ts';
import { goneSignal, parameter, type Route, type RouteContext, type Service } from '../routes.ts';
import { type ContextInput, sessionSchema } from '../schemas.ts';
import type { Session } from '../sessions.ts';

const SESSION = { description: 'The session.', content: { 'application/json': 'Session' } } as const;

/** Routes about sessions: contexts, memory and history across questions. */
export const sessionRoutes: readonly Route[] = [
	{
		method: 'post',
		path: '/sessions',
		id: 'createSession',
		summary: 'Opens a session.',
		body: sessionSchema,
		responses: { 201: { ...SESSION, description: 'The session is open.' } },
		async handle(context, service) {
			const { executions, sessions } = service;
			if (executions.isEnding) throw new HttpError(503, 'ending', 'the service is stopping');
			sessions.assertRoom();
			const gone = goneSignal(context);
			const { contexts = [] } = await readJson(context.req.raw, sessionSchema, service, gone);
			const session = await openSession(contexts, service, gone);
			context.header('location', `/sessions/${session.id}`);
			return answer(context, sessions.json(session), 201);
		},
	},
	{
		method: 'get',
		path: '/sessions',
		id: 'listSessions',
		summary: 'The open sessions and their sizes.',
		responses: { 200: { description: 'All open sessions.', content: { 'application/json': 'Sessions' } } },
		handle: (context, { sessions }) => context.json({ sessions: sessions.list() }),
	},
	{
		method: 'get',
		path: '/sessions/:id',
		id: 'getSession',
		summary: 'The exchanges of a session and its memory.',
		responses: { 200: SESSION },
		handle: (context, { sessions }) => answer(context, sessions.json(sessions.find(parameter(context, 'id'))), 200),
	},
	{
		method: 'delete',
		path: '/sessions/:id',
		id: 'deleteSession',
		summary: 'Ends a session, its current run, its REPL and its inline contexts.',
		responses: { 204: { description: 'The session has ended.' } },
		async handle(context, { sessions }) {
			await sessions.delete(parameter(context, 'id'));
			return context.body(null, 204);
		},
	},
];

function answer(context: RouteContext, json: string, status: 200 | 201): Response {
	return context.body(json, status, { 'content-type': 'application/json' });
}

/** Stores inline contexts for as long as the session lives. */
async function openSession(
	inputs: readonly ContextInput[],
	{ sessions, contexts, source }: Service,
	gone: AbortSignal,
): Promise<Session> {
	const read = await readContexts(inputs, source, gone);
	const added: string[] = [];
	try {
		const ids = inputs.map((input, index) => {
			if ('id' in input) return input.id;
			const context = read[index];
			const id = context === undefined ? '' : contexts.add(context, true);
			added.push(id);
			return id;
		});
		return sessions.open([...new Set(ids)]);
	} catch (error) {
		for (const id of added) contexts.delete(id);
		throw error;
	}
}
