import { type LogOutputChannel, l10n, window } from 'vscode';
import { RlmError, traceOf } from '../core/errors.ts';

/** The log channel `RLM`, made on first use. Keys and prompts never enter it. */
export class Log {
	#channel: LogOutputChannel | undefined;

	info(message: string): void {
		this.#open().info(message);
	}

	/** Logs an error: the engine's errors by their explanation, all others with the stack trace. */
	error(what: string, error: unknown): void {
		this.#open().error(`${what}: ${error instanceof RlmError ? error.message : traceOf(error)}`);
		if (error instanceof Error && error.cause !== undefined) this.error(l10n.t('caused by'), error.cause);
	}

	show(): void {
		this.#open().show();
	}

	dispose(): void {
		this.#channel?.dispose();
	}

	#open(): LogOutputChannel {
		this.#channel ??= window.createOutputChannel('RLM', { log: true });
		return this.#channel;
	}
}
