import type { RunEvent } from '../../core/events.ts';
import { lighten } from '../../core/lighten.ts';

/** Size of a page; messages lie side by side in pages, so that a reader gets many at once. Bytes. */
const PAGE_BYTES = 64 << 10;

/** Beyond this size, new events are kept with shortened texts; the journal has the full ones. Bytes. */
const WHOLE_BYTES = 64 << 20;

interface Page {
	readonly bytes: Uint8Array;
	/** Bytes in use. */
	filled: number;
	/** Number of the event after its last one. */
	next: number;
}

const utf8 = new TextEncoder();

/**
 * Records the events of an execution as server-sent events (WHATWG HTML, 9.2): each is written once, and all readers
 * share the bytes. The id of a message is the number of its event.
 */
export class Recording {
	readonly #pages: Page[] = [];
	/** Where each event begins. */
	readonly #places: { readonly page: Page; readonly offset: number }[] = [];
	#size = 0;

	/** Number of events. */
	get count(): number {
		return this.#places.length;
	}

	/** Bytes of all messages. */
	get size(): number {
		return this.#size;
	}

	add(whole: RunEvent): void {
		const event = this.#size < WHOLE_BYTES ? whole : lighten(whole);
		const message = utf8.encode(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
		const page = this.#pageFor(message.length);
		this.#places.push({ page, offset: page.filled });
		page.bytes.set(message, page.filled); // after everything that readers have been given
		page.filled += message.length;
		page.next = this.#places.length;
		this.#size += message.length;
	}

	/** Returns adjacent messages from an event on, and the number of the event after them; undefined at the end. */
	from(event: number): { readonly bytes: Uint8Array; readonly next: number } | undefined {
		const place = this.#places[event];
		if (!place) return undefined;
		const { page, offset } = place;
		return { bytes: page.bytes.subarray(offset, page.filled), next: page.next };
	}

	#pageFor(length: number): Page {
		const last = this.#pages.at(-1);
		if (last && last.filled + length <= last.bytes.length) return last;
		const page = { bytes: new Uint8Array(Math.max(PAGE_BYTES, length)), filled: 0, next: 0 };
		this.#pages.push(page);
		return page;
	}
}
