import { goneSignal, type Route, type Service } from '../routes.ts';

/** Routes about the service itself. */
export const serverRoutes: readonly Route[] = [
	{
		method: 'get',
		path: '/health',
		id: 'health',
		summary: 'Answers while the process is alive. Needs no token.',
		isOpen: true,
		responses: { 200: { description: 'It lives.', content: { 'application/json': 'Health' } } },
		handle: (context) => context.json({ status: 'ok' }),
	},
	{
		method: 'get',
		path: '/status',
		id: 'status',
		summary: 'The load of the service.',
		responses: { 200: { description: 'Its state.', content: { 'application/json': 'Status' } } },
		handle: (context, service) => context.json(statusOf(service)),
	},
	{
		method: 'get',
		path: '/providers',
		id: 'providers',
		summary: 'The model servers and their state.',
		query: { probe: '`true` checks each server first; else the last known state is returned.' },
		responses: { 200: { description: 'The servers.', content: { 'application/json': 'Providers' } } },
		async handle(context, { engine }) {
			if (context.req.query('probe') === 'true') await engine.pool.probeAll(goneSignal(context));
			return context.json({ providers: engine.pool.servers() });
		},
	},
	{
		method: 'get',
		path: '/stats',
		id: 'stats',
		summary: 'Totals since the service started.',
		responses: { 200: { description: 'The totals.', content: { 'application/json': 'Stats' } } },
		handle: (context, { executions, startedAt }) =>
			context.json({ since: new Date(startedAt).toISOString(), ...executions.stats }),
	},
	{
		method: 'get',
		path: '/metrics',
		id: 'metrics',
		summary: 'Metrics for Prometheus.',
		responses: { 200: { description: 'Prometheus text format.', content: { 'text/plain': 'Text' } } },
		handle: async (context, { metrics }) => {
			return context.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
		},
	},
	{
		method: 'get',
		path: '/openapi.json',
		id: 'openapi',
		summary: 'This description, as OpenAPI 3.1.',
		responses: { 200: { description: 'The document.', content: { 'application/json': 'Anything' } } },
		handle: (context, { openApi }) => context.json(openApi),
	},
];

function statusOf({ version, startedAt, executions, sessions, contexts, engine }: Service): object {
	return {
		status: executions.isEnding ? 'ending' : 'ok',
		version,
		startedAt: new Date(startedAt).toISOString(),
		uptimeMs: Date.now() - startedAt,
		running: executions.running.map((execution) => execution.view()),
		sessions: sessions.count,
		contexts: { count: contexts.count, bytes: contexts.bytes },
		providers: engine.pool.servers(),
	};
}
