/** A frame that our interpreter would never send. */
export class FrameError extends Error {
	override readonly name = 'FrameError';
}
