import { printable } from '../core/printable.ts';

// The only way for text to reach the terminal, so that none of it can steer it. Drawings clean their own cells, because
// their colors are escape sequences.

/** Writes a message about the work to stderr, on its own line after the name of the program. */
export function tell(message: string): void {
	note(`rlm: ${message}`);
}

/** Writes lines that belong to a message or a run to stderr. */
export function note(text: string): void {
	process.stderr.write(`${printable(text)}\n`);
}

/** Writes a result to stdout. */
export function print(text: string): void {
	printDrawing(printable(text));
}

/** Writes a drawing to stdout; its texts are clean already. */
export function printDrawing(text: string): void {
	process.stdout.write(`${text}\n`);
}

/** Writes a line to stdout unchanged, and waits while the reader is slow. */
export async function printSlowly(line: string): Promise<void> {
	if (process.stdout.write(`${line}\n`) || process.stdout.destroyed) return;
	await new Promise<void>((resolve) => {
		process.stdout.once('drain', resolve);
		process.stdout.once('close', resolve);
	});
}
