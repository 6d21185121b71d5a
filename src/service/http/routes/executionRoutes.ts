import { eventStream } from '../eventStream.ts';
import { pageRequest } from '../executionList.ts';
import { HttpError } from '../httpErrors.ts';
import { goneSignal, parameter, type Route, type RouteContext } from '../routes.ts';
import { treeView } from '../treeView.ts';

const EXECUTION = { description: 'The execution.', content: { 'application/json': 'Execution' } } as const;

/** Routes about runs under way and those that have ended. */
export const executionRoutes: readonly Route[] = [
	{
		method: 'get',
		path: '/executions',
		id: 'listExecutions',
		summary:
			'The executions under way, the finished ones that are kept, and with --journal those of before; without results.',
		query: {
			limit: 'How many, 1 to 1000; 100 when absent.',
			before: 'The `next` of the page before this one.',
		},
		responses: { 200: { description: 'The newest first.', content: { 'application/json': 'Executions' } } },
		async handle(context, { executions }) {
			const request = pageRequest(context.req.query('limit'), context.req.query('before'));
			return context.json(await executions.page(request, goneSignal(context)));
		},
	},
	{
		method: 'get',
		path: '/executions/:id',
		id: 'getExecution',
		summary: 'Where an execution stands, and its result when it has ended.',
		responses: { 200: EXECUTION },
		handle: async (context, { executions }) => context.json((await executions.find(parameter(context, 'id'))).view()),
	},
	{
		method: 'get',
		path: '/executions/:id/tree',
		id: 'getTree',
		summary:
			'The tree of an execution: runs, turns, code and sub-calls. Long texts are cut; the events have them whole.',
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
		summary: 'The events of an execution as server-sent events: those that were, then those that come.',
		headers: { 'Last-Event-ID': 'Number of the last event that the client has.' },
		responses: {
			200: { description: 'Each message is an event; its id is its number.', content: { 'text/event-stream': 'Text' } },
			204: { description: 'The client has all events, and no more will come.' },
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
		summary: 'Cancels an execution and waits for its end. One that has ended stays as it is.',
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
		summary: 'Ends an execution with the best answer there is, marked partial.',
		responses: {
			202: { ...EXECUTION, description: 'It is handing in what it has.' },
			409: { description: 'It has ended already.', content: { 'application/json': 'ErrorBody' } },
		},
		async handle(context, { executions }) {
			const execution = await executions.find(parameter(context, 'id'));
			if (execution.end || execution.isOver)
				throw new HttpError(409, 'ended', `execution ${execution.id} has ended already`);
			execution.start.run?.answerNow();
			return context.json(execution.view(), 202);
		},
	},
];

/** @throws HttpError 400 when it is no number */
function lastEventId(context: RouteContext): number {
	const text = context.req.header('last-event-id') ?? '';
	if (text === '') return -1;
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new HttpError(400, 'input', `Last-Event-ID: ${text} is not the number of an event`);
}
