import { traceOf } from '../../src/core/errors.ts';

/** The extension as a page sees it. */
export interface Host<In, Out, State> {
	post(message: Out): void;
	/** Called with every message of the extension. */
	listen(handler: (message: In) => void): void;
	/** State that the page kept before; undefined the first time. */
	readonly kept: State | undefined;
	/** Keeps a little state while the page is hidden or reloaded. */
	keep(state: State): void;
}

declare function acquireVsCodeApi(): {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
};

/** Connects the page to the extension, whose messages it trusts. Call it once: VS Code gives its API only once. */
export function connect<In, Out, State>(): Host<In, Out, State> {
	const api = acquireVsCodeApi();
	return {
		post: (message) => api.postMessage(message),
		listen: (handler) => window.addEventListener('message', ({ data }) => handler(data as In)),
		kept: api.getState() as State | undefined,
		keep: (state) => api.setState(state),
	};
}

/** Reports errors of the page, each message once. @param report gets a sentence of at most 2,000 characters */
export function reportErrors(report: (message: string) => void): void {
	const seen = new Set<string>();
	const tell = (error: unknown) => {
		const message = traceOf(error).slice(0, 2000);
		if (seen.size < 20 && !seen.has(message)) report(message);
		seen.add(message);
	};
	window.addEventListener('error', ({ error, message }) => tell(error ?? message));
	window.addEventListener('unhandledrejection', ({ reason }) => tell(reason));
}
