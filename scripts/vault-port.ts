import { decodeFrame, type Frame } from '../src/protocol/sandboxFrames.ts';
import type { VaultPort } from '../src/sandbox/guest/vault.ts';

/**
 * The port of an interpreter that is only started to build something.
 * @param input what it can read
 * @param messages takes what goes wrong
 * @param onFrame takes each frame that it sends; its bytes are gone afterwards
 */
export function builderPort(input: Uint8Array, messages: string[], onFrame: (frame: Frame) => void): VaultPort {
	let unread = input;
	return {
		write(frame) {
			onFrame(decodeFrame(new Uint8Array(frame)));
			return 0;
		},
		read(target) {
			const count = Math.min(target.length, unread.length);
			target.set(unread.subarray(0, count));
			unread = unread.subarray(count);
			return count;
		},
		takeSignal: () => 0,
		violation: (what) => messages.push(`violation: ${what}`),
		diagnose: (text) => messages.push(text),
	};
}
