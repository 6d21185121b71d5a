import { stringTracker } from './pythonStrings.ts';

/**
 * A statement that is nothing but Python. Prose has sentences, not these. Neighbouring repetitions match different
 * characters, so that it takes linear time.
 */
const STATEMENT =
	/^(?:import [\w.]+(?: as \w+)?(?:, *[\w.]+(?: as \w+)?)*[ \t]*$|from [\w.]+ import |def \w+\(|async def \w+\(|class \w+[(:]|for (?=[\w(])(?=.* in )(?=.*:)|while .+:|if .+:|with .+:|try:|@\w|(?:await |return |raise |del |assert )?[\w.]+\(|[A-Za-z_][\w.]*(?:\[[^\]\n]*\])*[ \t]*(?::[\w[\], .\t]*)?(?:[-+*/%|&@^]|\/\/|\*\*|<<|>>)?=(?!=)|[A-Za-z_]\w*(?:,[ \t]*[A-Za-z_]\w*)+[ \t]*=(?!=))/;
/** What may stand between statements without being one by itself. */
const CONNECTION = /^(?:#|elif .+:|else:|except\b.*:|finally:|pass$|break$|continue$|[)\]}]|[A-Za-z_][\w.[\]'"]*$)/;
/** Text that is a call but hands in an answer, which is read as text. */
const HANDS_IN = /^[ \t]*(?:FINAL|FINAL_VAR|final|Final|final_var|final_answer|answer)\(/;

/**
 * Python that a reply holds without any fence: from the first line after which everything looks like Python. Undefined
 * when there is none; a line of prose after the code ends the search, because nobody knows where code ends then.
 */
export function bareCode(text: string): string | undefined {
	const lines = text.split('\n');
	for (let start = 0; start < lines.length; start++) {
		if (!STATEMENT.test(lines[start] ?? '')) continue;
		const code = lines.slice(start);
		return looksLikePython(code) ? code.join('\n').trimEnd() : undefined;
	}
	return undefined;
}

function looksLikePython(lines: readonly string[]): boolean {
	const strings = stringTracker();
	let isCode = false;
	for (const line of lines) {
		const isContinued = strings.isInside() || strings.openBrackets() > 0 || /^[ \t]/.test(line);
		if (!isContinued && line.trim() !== '') {
			const isStatement = STATEMENT.test(line);
			if (!isStatement && !CONNECTION.test(line)) return false;
			isCode ||= isStatement && !HANDS_IN.test(line);
		}
		strings.feed(line);
	}
	return isCode && !strings.isInside() && strings.openBrackets() <= 0;
}
