import type { NodePart, QueryAction, RunAction } from '../../src/protocol/panel.ts';

/** Actions that parts of the page request from the extension. They concern the run that is shown. */
export interface Actions {
	run(action: RunAction): void;
	query(action: QueryAction): void;
	copyPart(nodeId: string, part: NodePart, index: number): void;
	openPart(nodeId: string, part: NodePart, index: number): void;
	openPlace(place: { readonly path: string; readonly startLine: number; readonly endLine: number }): void;
}
