// The few globals that every host of the core has (Node, browsers, workers). They are declared here because the core is
// compiled without the types of Node and the DOM, so that it cannot use anything else.

interface AbortSignal {
	readonly aborted: boolean;
	readonly reason: unknown;
	throwIfAborted(): void;
	addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}

declare var AbortSignal: {
	any(signals: readonly AbortSignal[]): AbortSignal;
};

interface AbortController {
	readonly signal: AbortSignal;
	abort(reason?: unknown): void;
}

declare var AbortController: {
	new (): AbortController;
};

declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;
