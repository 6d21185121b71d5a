import type { Context } from '../../../core/ports/context.ts';
import { mediaType, readJson } from '../body.ts';
import { HttpError } from '../httpErrors.ts';
import { readBodyText, readContexts } from '../readContext.ts';
import { goneSignal, parameter, type Route, type RouteContext, type Service } from '../routes.ts';
import { contextSchema, LONG_NAME, NAME_CHARACTERS } from '../schemas.ts';

/** Routes about stored contexts. */
export const contextRoutes: readonly Route[] = [
	{
		method: 'post',
		path: '/contexts',
		id: 'createContext',
		summary: 'Stores a context, so that many questions can be asked about it.',
		body: contextSchema,
		takesText: true,
		query: {
			label: 'Name of the context in prompts and views, when the body is the text itself.',
			path: 'Name of the text in citations, when the body is the text itself.',
		},
		responses: { 201: { description: 'The context is stored.', content: { 'application/json': 'Context' } } },
		async handle(context, service) {
			const { contexts } = service;
			const id = contexts.add(await receivedContext(context, service));
			context.header('location', `/contexts/${id}`);
			return context.json(contexts.view(id), 201);
		},
	},
	{
		method: 'get',
		path: '/contexts',
		id: 'listContexts',
		summary: 'The stored contexts.',
		responses: { 200: { description: 'All stored contexts.', content: { 'application/json': 'Contexts' } } },
		handle: (context, { contexts }) => context.json({ contexts: contexts.list() }),
	},
	{
		method: 'get',
		path: '/contexts/:id',
		id: 'getContext',
		summary: 'A stored context: its size and what was left out.',
		responses: { 200: { description: 'The context.', content: { 'application/json': 'Context' } } },
		handle: (context, { contexts }) => context.json(contexts.view(parameter(context, 'id'))),
	},
	{
		method: 'delete',
		path: '/contexts/:id',
		id: 'deleteContext',
		summary: 'Deletes a context that no session uses.',
		responses: { 204: { description: 'The context is deleted.' } },
		handle(context, { contexts }) {
			contexts.delete(parameter(context, 'id'));
			return context.body(null, 204);
		},
	},
];

async function receivedContext(context: RouteContext, service: Service): Promise<Context> {
	const { source, contexts, bodies } = service;
	const gone = goneSignal(context);
	const { raw } = context.req;
	if (mediaType(raw) === 'application/json') {
		const input = await readJson(raw, contextSchema, service, gone);
		if ('id' in input) throw new HttpError(400, 'input', 'id: that context is already stored');
		const [created] = await readContexts([input], source, gone);
		return created as Context;
	}
	if (!['text/plain', 'application/octet-stream'].includes(mediaType(raw))) {
		throw new HttpError(415, 'media-type', 'the body must be application/json, text/plain or application/octet-stream');
	}
	const path = nameOf(context, 'path') || 'text';
	const label = nameOf(context, 'label') || path;
	return readBodyText(raw, { label, path }, Math.min(source.maxBytes, contexts.room), bodies, gone);
}

/** @throws HttpError 400 when it is too long */
function nameOf(context: RouteContext, parameterName: string): string | undefined {
	const name = context.req.query(parameterName);
	if (name === undefined || name.length <= NAME_CHARACTERS) return name;
	throw new HttpError(400, 'input', `${parameterName}: ${LONG_NAME}`);
}
