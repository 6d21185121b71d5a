/** A pattern that JavaScript's engine cannot run exactly as Python's would. The caller then uses Python's own `re`. */
export class PatternError extends Error {
	/** True when Python would reject the pattern too. */
	readonly isInvalid: boolean;

	constructor(message: string, isInvalid: boolean) {
		super(message);
		this.name = 'PatternError';
		this.isInvalid = isInvalid;
	}
}

/** A construct that only Python itself can run. */
export function unsupported(what: string): PatternError {
	return new PatternError(`${what} is left to Python`, false);
}
