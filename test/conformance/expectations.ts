import { isDeepStrictEqual } from 'node:util';
import type { CellResult } from '../../src/core/ports/sandbox.ts';
import { shownOutput } from '../../src/core/prompt/output.ts';
import type { Expectation } from './cases.ts';
import type { Session } from './session.ts';

/** What the checks look at: texts that the expectations speak of, by the name they use. */
export interface Observed {
	readonly texts: Readonly<Record<string, string>>;
	readonly values: Readonly<Record<string, unknown>>;
}

type Check = (wanted: unknown, observed: Observed) => string | undefined;

/** `stdout_contains`, `notice_contains`, `messages_not_contain`, … on any of the observed texts. */
function textCheck(key: string): Check | undefined {
	const match = /^(\w+?)_(contains|not_contains|contain|not_contain|contains_any)$/.exec(key);
	if (!match) return undefined;
	const [, subject = '', relation = ''] = match;
	return (wanted, { texts }) => {
		const text = texts[subject];
		if (text === undefined) return `there is no ${subject} to look at`;
		const needles = list(wanted).map(String);
		const has = (needle: string) => text.toLowerCase().includes(needle.toLowerCase());
		const isMet = relation.startsWith('not')
			? !needles.some((needle) => text.includes(needle))
			: relation === 'contains_any'
				? needles.some(has)
				: needles.every(has);
		return isMet
			? undefined
			: `${key} ${JSON.stringify(wanted)}, but ${subject} is ${JSON.stringify(text.slice(0, 600))}`;
	};
}

/** Every expectation that is not about a part of a text: equal, or one of several, or below. */
function valueCheck(key: string): Check {
	const any = /^(\w+)_any$/.exec(key)?.[1];
	const below = /^(\w+)_lt$/.exec(key)?.[1];
	return (wanted, { values }) => {
		const name = any ?? below ?? key;
		if (!Object.hasOwn(values, name)) return `unknown expectation ${key}`;
		const actual = values[name];
		const isMet = any
			? wanted === true || list(wanted).some((one) => isDeepStrictEqual(one, actual))
			: below
				? typeof actual === 'number' && actual < Number(wanted)
				: isDeepStrictEqual(wanted, actual);
		return isMet ? undefined : `${key} should be ${JSON.stringify(wanted)}, is ${JSON.stringify(actual)}`;
	};
}

function list(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [value];
}

/** Names of the expectations that are not met, each with what was found. */
export function unmet(expected: Expectation, observed: Observed): string[] {
	return Object.entries(expected).flatMap(([key, wanted]) => {
		const problem = (textCheck(key) ?? valueCheck(key))(wanted, observed);
		return problem === undefined ? [] : [problem];
	});
}

/** What a cell shows to the expectations of an `exec` step. */
export async function observeCell(
	result: CellResult,
	session: Session,
	expected: Expectation,
	wallMs: number,
): Promise<Observed> {
	const error = result.error ? `${result.error.traceback}\n${result.error.message}` : '';
	const notices = result.notices.join('\n');
	const shown = shownOutput(result, session.limits.outputCharacters);
	return {
		texts: {
			stdout: result.stdout,
			output: [result.stdout, result.stderr, error, notices].join('\n'),
			error,
			hint: result.error?.hint ?? '',
			notice: notices,
			shown,
		},
		values: {
			stdout: result.stdout,
			// `true` asks for any error, `null` for none.
			error: result.error ? true : null,
			final: result.final?.text ?? null,
			final_json: result.final?.json === undefined ? null : JSON.parse(result.final.json),
			vars: await variables(session, expected),
			calls: countsOf(expected, { llm: session.llm.calls, rlm: session.rlm.calls }),
			max_concurrency: session.llm.maxConcurrency,
			wall_ms: wallMs,
			shown_len: shown.length,
		},
	};
}

async function variables(session: Session, { vars }: Expectation): Promise<unknown> {
	if (typeof vars !== 'object' || vars === null) return null;
	const entries: [string, unknown][] = [];
	for (const name of Object.keys(vars)) entries.push([name, await session.value(name)]);
	return Object.fromEntries(entries);
}

/** Only the kinds of calls that the case counts. */
export function countsOf({ calls }: Expectation, counts: Readonly<Record<string, number>>): unknown {
	if (typeof calls !== 'object' || calls === null) return counts;
	return Object.fromEntries(Object.keys(calls).map((kind) => [kind, counts[kind]]));
}
