import { checkShape } from '../../protocol/boundedJson.ts';

/**
 * Parses JSON from a server on the thread that all runs share.
 * @throws SyntaxError when it is not JSON; FrameError when its value would take far more memory and time than its text
 */
export function parseJson(text: string): unknown {
	checkShape(text);
	return JSON.parse(text);
}

/** The same; undefined for both. */
export function jsonOrUndefined(text: string): unknown {
	try {
		return parseJson(text);
	} catch {
		return undefined;
	}
}
