import { FrameError } from '../../protocol/sandboxFrames.ts';

/** Questions that are being answered: code that is interrupted asks anew, but not over and over. */
const QUESTIONS = 64;
/** What they hold together, bytes. */
const BYTES = 64 << 20;

/** Bounds the questions of an interpreter that are being answered: code can send them without waiting for answers. */
export class OpenQuestions {
	#count = 0;
	#bytes = 0;

	/** Follows a question to its answer. @param bytes that it holds until then @throws FrameError when there are too many */
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
