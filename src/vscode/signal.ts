import type { CancellationToken } from 'vscode';

/** VS Code's token as an AbortSignal, which is what the engine knows. Dispose of it when the work is over. */
export function signalOf(token: CancellationToken): { readonly signal: AbortSignal; dispose(): void } {
	const controller = new AbortController();
	if (token.isCancellationRequested) controller.abort();
	const subscription = token.onCancellationRequested(() => controller.abort());
	return { signal: controller.signal, dispose: () => subscription.dispose() };
}
