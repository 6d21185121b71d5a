import { present } from '../../core/present.ts';
import { type JsonSchema, jsonSchemaOf } from '../../settings/jsonSchemaOf.ts';
import { allRoutes } from './allRoutes.ts';
import { COMPONENTS } from './components.ts';
import type { ResponseDescription, Route } from './routes.ts';

/** Errors that any route may answer. */
const ERRORS: Readonly<Record<string, string>> = {
	400: 'The request is not valid; the message names the field.',
	401: 'The token is missing or wrong.',
	403: 'The host name, origin or path is not allowed.',
	404: 'Not found.',
	408: 'The body did not arrive in time.',
	409: 'It is in use.',
	413: 'The body is too large.',
	415: 'The body has the wrong media type.',
	429: 'There is no room for it now; try again later.',
	500: 'The run or the service failed.',
	503: 'The service is stopping or overloaded.',
};

/** Describes the service as OpenAPI 3.1, from the table that the router uses. */
export function openApiDocument(version: string): JsonSchema {
	const paths: Record<string, Record<string, JsonSchema>> = {};
	for (const route of allRoutes()) {
		const path = route.path.replace(/:(\w+)/g, '{$1}');
		paths[path] = { ...paths[path], [route.method]: operation(route) };
	}
	return {
		openapi: '3.1.0',
		info: {
			title: 'RLM',
			version,
			description:
				'Questions about contexts that are too large for a prompt. Errors are { error: { code, message, hint } }.',
		},
		paths,
		components: {
			schemas: COMPONENTS,
			securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
		},
		security: [{ token: [] }],
	};
}

function operation(route: Route): JsonSchema {
	return present({
		operationId: route.id,
		summary: route.summary,
		security: route.isOpen ? [] : undefined,
		parameters: parameters(route),
		requestBody: route.body ? { required: true, content: requestContent(route) } : undefined,
		responses: responses(route),
	});
}

function parameters({ path, query = {}, headers = {} }: Route): JsonSchema[] {
	const schema = { type: 'string' };
	const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
	return [
		...names.map((name) => ({ name, in: 'path', required: true, schema })),
		...Object.entries(query).map(([name, description]) => ({ name, in: 'query', description, schema })),
		...Object.entries(headers).map(([name, description]) => ({ name, in: 'header', description, schema })),
	];
}

function requestContent({ body, takesText }: Route): JsonSchema {
	const text = { schema: { type: 'string' } };
	return present({
		'application/json': body ? { schema: jsonSchemaOf(body, 'draft-2020-12') } : undefined,
		'text/plain': takesText ? text : undefined,
		'application/octet-stream': takesText ? text : undefined,
	});
}

function responses(route: Route): JsonSchema {
	const errors = Object.entries(ERRORS).map(([status, description]) => [status, errorResponse(description)]);
	const own = Object.entries(route.responses).map(([status, described]) => [status, response(described)]);
	return Object.fromEntries([...errors, ...own]);
}

function errorResponse(description: string): JsonSchema {
	return response({ description, content: { 'application/json': 'ErrorBody' } });
}

function response({ description, content }: ResponseDescription): JsonSchema {
	if (!content) return { description };
	const media = Object.entries(content).map(([type, name]) => [
		type,
		{ schema: { $ref: `#/components/schemas/${name}` } },
	]);
	return { description, content: Object.fromEntries(media) };
}
