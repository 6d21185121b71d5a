import { contextRoutes } from './routes/contextRoutes.ts';
import { executionRoutes } from './routes/executionRoutes.ts';
import { queryRoutes } from './routes/queryRoutes.ts';
import { serverRoutes } from './routes/serverRoutes.ts';
import { sessionRoutes } from './routes/sessionRoutes.ts';
import type { Route } from './routes.ts';

/** All routes of the service. */
export function allRoutes(): readonly Route[] {
	return [...serverRoutes, ...queryRoutes, ...executionRoutes, ...contextRoutes, ...sessionRoutes];
}
