const EARNED_BY_SUCCESS = 0.2;
const AT_START = 10;
const AT_MOST = 100;

/**
 * Limits retries to a fifth of the successful attempts, so that they cannot overwhelm servers already in trouble (the
 * token bucket of Finagle's RetryBudget).
 */
export class RetryBudget {
	#tokens = AT_START;

	earn(): void {
		this.#tokens = Math.min(AT_MOST, this.#tokens + EARNED_BY_SUCCESS);
	}

	/** Takes a token for a further attempt. @returns whether there was one */
	spend(): boolean {
		if (this.#tokens < 1) return false;
		this.#tokens--;
		return true;
	}
}
