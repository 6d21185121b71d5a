import { printable } from '../core/printable.ts';

// The only way to the terminal for texts, so that none of them can steer it. Drawings clean their cells themselves:
// their colors are escape sequences.

/** Says something about the work: a line of its own on stderr, after the name of the program. */
export function tell(message: string): void {
	note(`rlm: ${message}`);
}

/** Writes lines that belong to a message or to a run, on stderr. */
export function note(text: string): void {
	process.stderr.write(`${printable(text)}\n`);
}

/** Writes a result on stdout. */
export function print(text: string): void {
	printDrawing(printable(text));
}

/** Writes on stdout what was made of cleaned texts. */
export function printDrawing(text: string): void {
	process.stdout.write(`${text}\n`);
}

/** Writes a line to stdout as it is, and waits while its reader is slow. */
export async function printSlowly(line: string): Promise<void> {
	if (process.stdout.write(`${line}\n`) || process.stdout.destroyed) return;
	await new Promise<void>((resolve) => {
		process.stdout.once('drain', resolve);
		process.stdout.once('close', resolve);
	});
}
