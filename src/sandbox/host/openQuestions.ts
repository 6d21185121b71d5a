import { FrameError } from '../../protocol/sandboxFrames.ts';

/** Maximum questions being answered: interrupted code asks again, but not over and over. */
const QUESTIONS = 64;
/** Maximum bytes that they hold together. */
const BYTES = 64 << 20;

/** Bounds the questions being answered for an interpreter: code can send them without waiting for answers. */
export class OpenQuestions {
	#count = 0;
	#bytes = 0;

	/** Tracks a question until its answer. @param bytes held until then @throws FrameError when there are too many */
	follow(bytes: number, answer: () => Promise<void>): void {
		if (this.#count >= QUESTIONS || this.#bytes + bytes > BYTES) throw new FrameError('too many questions at a time');
		this.#count++;
		this.#bytes += bytes;
		void answer().finally(() => {
			this.#count--;
			this.#bytes -= bytes;
		});
	}
}
