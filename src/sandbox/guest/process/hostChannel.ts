import { fstatSync, readSync, writeSync } from 'node:fs';
import { decodeFrame, FrameError, type FrameLimits, type HostMessage } from '../../../protocol/sandboxFrames.ts';
import { CHANNEL_DESCRIPTOR, INTERRUPT_DESCRIPTOR, type MessageHeader } from '../../shared/processMessages.ts';

/** Interval at which a running interpreter checks for an interrupt. ms */
const POLL_MS = 10;
const LENGTHS_BYTES = 8;
/** The process trusts the host's sizes: a file table, a JSON text or a batch of replies comes in one frame each. */
const UNLIMITED: FrameLimits = { headerBytes: Number.POSITIVE_INFINITY, payloadBytes: Number.POSITIVE_INFINITY };

/** The process's end of the channel to the host. All calls block: the interpreter's thread has nothing else to do. */
export class HostChannel {
	/** Called when the host is gone. */
	readonly #leave: () => never;
	readonly #parent: () => number;
	readonly #firstParent: number;
	readonly #neverWoken = new Int32Array(new SharedArrayBuffer(4));
	/** Number of interrupts already handled. */
	#seenInterrupts = 0;
	#knownInterrupts = 0;
	#nextPoll = 0;

	constructor(parent: () => number, leave: () => never) {
		this.#parent = parent;
		this.#firstParent = parent();
		this.#leave = leave;
	}

	send(frame: Uint8Array): void {
		for (let sent = 0; sent < frame.length; ) sent += writeSync(CHANNEL_DESCRIPTOR, frame, sent);
	}

	/** Waits for the next message. Returns undefined for one that only wakes, and after the time limit. */
	receive(timeoutMs: number): HostMessage | undefined {
		if (timeoutMs === Number.POSITIVE_INFINITY) return this.#message();
		this.#poll();
		if (!this.isInterrupted()) Atomics.wait(this.#neverWoken, 0, 0, Math.min(POLL_MS, timeoutMs));
		return undefined;
	}

	isInterrupted(): boolean {
		this.#poll();
		return this.#knownInterrupts > this.#seenInterrupts;
	}

	takeInterrupt(): boolean {
		const isInterrupted = this.isInterrupted();
		this.#seenInterrupts = this.#knownInterrupts;
		return isInterrupted;
	}

	/** Returns the next frame of the host, parsed. @throws FrameError */
	frame(): { readonly header: unknown; readonly payload: Uint8Array } {
		const lengths = new Uint8Array(LENGTHS_BYTES);
		this.fill(lengths);
		const view = new DataView(lengths.buffer);
		const frame = new Uint8Array(LENGTHS_BYTES + view.getUint32(0, true) + view.getUint32(4, true));
		frame.set(lengths);
		this.fill(frame.subarray(LENGTHS_BYTES));
		return decodeFrame(frame, UNLIMITED);
	}

	/** Reads until the target is full. */
	fill(target: Uint8Array): void {
		for (let filled = 0; filled < target.length; ) {
			const count = readSync(CHANNEL_DESCRIPTOR, target, filled, target.length - filled, null);
			if (count === 0) this.#leave();
			filled += count;
		}
	}

	#message(): HostMessage | undefined {
		const { header, payload } = this.frame();
		const { request, interrupts, header: inner } = header as MessageHeader;
		if (typeof request !== 'number') throw new FrameError('a message of the host has no number');
		// An interrupt meant for an earlier command must not end this one.
		if (request === 0) this.#seenInterrupts = interrupts;
		this.#nextPoll = 0;
		return request < 0 ? undefined : { request, header: inner, payload };
	}

	#poll(): void {
		const now = performance.now();
		if (now < this.#nextPoll) return;
		this.#nextPoll = now + POLL_MS;
		this.#knownInterrupts = fstatSync(INTERRUPT_DESCRIPTOR).size;
		// A loop in Python reads nothing, so it would not notice the end of the channel.
		if (this.#parent() !== this.#firstParent) this.#leave();
	}
}
