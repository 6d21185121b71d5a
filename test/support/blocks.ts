import type { ScriptedRequest } from './scriptedServer.ts';

/** The first message of a run's root model has the question in a tag; a sub-call has only its prompt. */
export function isRootCall(request: ScriptedRequest): boolean {
	return request.messages.some(({ content }) => content.includes('<question>'));
}

/** Number of iterations of the root model before this request. */
export function turnOf(request: ScriptedRequest): number {
	return request.messages.filter(({ role }) => role === 'assistant').length;
}

/** A fenced block, as models write it. */
export function block(code: string): string {
	return `\`\`\`repl\n${code}\n\`\`\``;
}
