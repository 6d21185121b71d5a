import type { CancellationToken } from 'vscode';

/** Turns VS Code's token into an AbortSignal for the engine. Dispose of it after the work. */
export function signalOf(token: CancellationToken): { readonly signal: AbortSignal; dispose(): void } {
	const controller = new AbortController();
	if (token.isCancellationRequested) controller.abort();
	const subscription = token.onCancellationRequested(() => controller.abort());
	return { signal: controller.signal, dispose: () => subscription.dispose() };
}
