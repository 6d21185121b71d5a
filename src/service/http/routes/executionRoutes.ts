import { eventStream } from '../eventStream.ts';
import { pageRequest } from '../executionList.ts';
import { HttpError } from '../httpErrors.ts';
import { goneSignal, parameter, type Route, type RouteContext } from '../routes.ts';
import { treeView } from '../treeView.ts';

const EXECUTION = { description: 'The execution.', content: { 'application/json': 'Execution' } } as const;

/** Routes about running and finished executions. */
export const executionRoutes: readonly Route[] = [
	{
		method: 'get',
		path: '/executions',
		id: 'listExecutions',
		summary: 'Running executions, finished ones in memory, and with --journal earlier ones, without their results.',
		query: {
			limit: 'Page size, 1 to 1000; default 100.',
			before: 'The `next` of the previous page.',
		},
		responses: { 200: { description: 'One page, newest first.', content: { 'application/json': 'Executions' } } },
		async handle(context, { executions }) {
			const request = pageRequest(context.req.query('limit'), context.req.query('before'));
			return context.json(await executions.page(request, goneSignal(context)));
		},
	},
	{
		method: 'get',
		path: '/executions/:id',
		id: 'getExecution',
		summary: 'The state of an execution, and its result once it has ended.',
		responses: { 200: EXECUTION },
		handle: async (context, { executions }) => context.json((await executions.find(parameter(context, 'id'))).view()),
	},
	{
		method: 'get',
		path: '/executions/:id/tree',
		id: 'getTree',
		summary:
			'The tree of an execution: runs, iterations, cells and sub-calls. Long texts are cut; the events have the full ones.',
		responses: { 200: { description: 'The tree so far.', content: { 'application/json': 'Tree' } } },
		async handle(context, { executions }) {
			const execution = await executions.find(parameter(context, 'id'));
			return context.json({
				id: execution.id,
				lastEvent: execution.recording.count - 1,
				root: treeView(execution.tree),
			});
		},
	},
	{
		method: 'get',
		path: '/executions/:id/events',
		id: 'getEvents',
		summary: 'The events of an execution as server-sent events: past ones first, then new ones.',
		headers: { 'Last-Event-ID': 'Number of the last event that the client received.' },
		responses: {
			200: { description: 'Each message is an event; its id is its number.', content: { 'text/event-stream': 'Text' } },
			204: { description: 'The client has all events and no more will come.' },
		},
		async handle(context, { executions }) {
			const after = lastEventId(context);
			const execution = await executions.find(parameter(context, 'id'));
			if (execution.isOver && after >= execution.recording.count - 1) return context.body(null, 204);
			return eventStream(execution, after, goneSignal(context));
		},
	},
	{
		method: 'delete',
		path: '/executions/:id',
		id: 'cancelExecution',
		summary: 'Cancels an execution and waits until it has ended. A finished one stays as it is.',
		responses: { 200: EXECUTION },
		async handle(context, { executions }) {
			const execution = await executions.find(parameter(context, 'id'));
			execution.start.run?.cancel();
			await execution.ended;
			return context.json(execution.view());
		},
	},
	{
		method: 'post',
		path: '/executions/:id/answer-now',
		id: 'answerNow',
		summary: 'Ends an execution early with the best answer so far, marked partial.',
		responses: {
			202: { ...EXECUTION, description: 'The execution is producing its best answer.' },
			409: { description: 'The execution has already ended.', content: { 'application/json': 'ErrorBody' } },
		},
		async handle(context, { executions }) {
			const execution = await executions.find(parameter(context, 'id'));
			if (execution.end || execution.isOver)
				throw new HttpError(409, 'ended', `execution ${execution.id} has already ended`);
			execution.start.run?.answerNow();
			return context.json(execution.view(), 202);
		},
	},
];

/** Parses Last-Event-ID. @throws HttpError 400 when it is not a number */
function lastEventId(context: RouteContext): number {
	const text = context.req.header('last-event-id') ?? '';
	if (text === '') return -1;
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new HttpError(400, 'input', `Last-Event-ID: ${text} is not the number of an event`);
}
