const EARNED_BY_SUCCESS = 0.2;
const AT_START = 10;
const AT_MOST = 100;

/**
 * Keeps repeated attempts to a fifth of the successful ones, so that retries cannot drown servers that are in trouble
 * already (the token bucket of Finagle's RetryBudget).
 */
export class RetryBudget {
	#tokens = AT_START;

	earn(): void {
		this.#tokens = Math.min(AT_MOST, this.#tokens + EARNED_BY_SUCCESS);
	}

	/** @returns whether there was a token left for a further attempt */
	spend(): boolean {
		if (this.#tokens < 1) return false;
		this.#tokens--;
		return true;
	}
}
