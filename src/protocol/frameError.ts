/** A frame that no interpreter of ours would send. */
export class FrameError extends Error {
	override readonly name = 'FrameError';
}
