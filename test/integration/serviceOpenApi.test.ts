// Whether the OpenAPI document says what the service does.
import { Validator } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../src/service/http/allRoutes.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { serviceStarter } from '../support/service.ts';

const opened = cleanUpAfterEach();

const start = serviceStarter(opened);

const QUESTION = { query: 'Who was the keeper?', contexts: [{ text: 'The keeper was Ada Brandt.' }] };

describe('the OpenAPI document', () => {
	/** A schema of the document with its references inside reach. */
	function validator(document: { components: object }, schema: object): Validator {
		return new Validator({ ...schema, components: document.components } as object, '2020-12', false);
	}

	it('describes every route, and nothing else', async () => {
		const { body } = await (await start()).call('GET', '/openapi.json');
		expect(body.openapi).toBe('3.1.0');
		const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
		);
		expect(described.sort()).toEqual(
			allRoutes()
				.map(({ method, path }) => `${method} ${path}`)
				.sort(),
		);
		const ids = allRoutes().map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
	});

	it('says what the routes really answer, status and body', async () => {
		const model = await startScriptedServer({
			kind: 'openai',
			script: (request) => ({
				text: request.text.includes('loop') ? block('while True: pass') : block('llm_query("x")\nFINAL("done")'),
			}),
		});
		opened.push(() => model.stop());
		const service = await start({}, model);
		const document = (await service.call('GET', '/openapi.json')).body;
		const context = (await service.call('POST', '/contexts', { text: 'alpha' })).body.id;
		const session = (await service.call('POST', '/sessions', { contexts: [{ id: context }] })).body.id;
		const done = (await service.call('POST', '/query', QUESTION)).body.runId;
		const running = (await service.call('POST', '/query', { ...QUESTION, query: 'loop', detach: true })).body.id;
		const ids: Record<string, string> = {
			'/contexts/:id': context,
			'/sessions/:id': session,
			'/sessions/:id/query': session,
			'/executions/:id/answer-now': running,
		};
		const bodies: Record<string, object> = {
			query: QUESTION,
			createContext: { text: 'x' },
			createSession: {},
			sessionQuery: { query: 'q' },
		};
		// Deletions last: what they delete is looked at before.
		const routes = allRoutes().toSorted((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'));
		for (const { method, path, id } of [...routes, ...routes.filter((route) => route.id === 'deleteContext')]) {
			const url = path.replace(':id', ids[path] ?? done);
			const answer = await service.call(method.toUpperCase(), url, bodies[id]);
			const described = document.paths[path.replace(/:(\w+)/g, '{$1}')][method];
			expect(Object.keys(described.responses), id).toContain(String(answer.status));
			const content = described.responses[answer.status].content?.['application/json'];
			if (!content) continue;
			const { valid, errors } = validator(document, content.schema).validate(answer.body);
			expect({ id, valid, errors }).toEqual({ id, valid: true, errors: [] });
		}
	});

	it('describes requests as the service checks them', async () => {
		const service = await start();
		const document = (await service.call('GET', '/openapi.json')).body;
		const { schema } = document.paths['/query'].post.requestBody.content['application/json'];
		const checks = validator(document, schema);
		const requests = [
			QUESTION,
			{ ...QUESTION, limits: { iterations: 2, seconds: 60 }, memo: true },
			{ ...QUESTION, contexts: [{ json: [1] }, { files: [{ path: 'a', text: 'b' }], label: 'l' }] },
			{ ...QUESTION, limits: { iterations: 1.5 } },
			{ ...QUESTION, limits: { iterations: 0 } },
			{ ...QUESTION, contexts: [{ text: 'x', unknown: 1 }] },
			{ ...QUESTION, detach: 'yes' },
			{ ...QUESTION, query: '' },
			{ query: 'q' },
		];
		for (const request of requests) {
			const { status } = await service.call('POST', '/query', request);
			expect({ request, valid: checks.validate(request).valid }).toEqual({ request, valid: status < 400 });
		}
	});
});
