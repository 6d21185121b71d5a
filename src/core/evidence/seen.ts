import type { EventBody } from '../events.ts';

/** Characters kept of what cells printed, and of what models wrote. */
const MOST_PRINTED = 4 << 20;
const MOST_WRITTEN = 2 << 20;

/** What the runs of a tree have printed, and what their models have written. */
export class Seen {
	#printed: string[] = [];
	#written: string[] = [];
	#printedCharacters = 0;
	#writtenCharacters = 0;

	/** False when more was printed than is kept, so that nothing can be said of what is not in it. */
	get isWhole(): boolean {
		return this.#printedCharacters <= MOST_PRINTED;
	}

	get printed(): string {
		return this.#printed.join('\n');
	}

	get written(): string {
		return this.#written.join('\n');
	}

	note(event: EventBody): void {
		if (event.type === 'code-end') this.#print(`${event.stdout}\n${event.stderr}\n${event.echo ?? ''}`);
		if (event.type === 'message-end') this.#write(event.text);
		if (event.type === 'call-end') this.#write(event.reply);
	}

	#print(text: string): void {
		this.#printedCharacters += text.length;
		if (this.isWhole) this.#printed.push(text);
	}

	#write(text: string): void {
		this.#writtenCharacters += text.length;
		if (this.#writtenCharacters <= MOST_WRITTEN) this.#written.push(text);
	}
}
