import type { ModelReply, ToolCall } from './ports/model.ts';

/** Names under which models know a Python REPL. */
const CODE_NAMES =
	/^(?:repl|py(?:thon)?3?|code|ipython|jupyter|exec|code_?interpreter|python_?(?:repl|interpreter|tool|exec|code|executor|execution)|(?:execute|run|exec|eval)_?(?:py(?:thon)?|code|repl|cell)?(?:_?(?:code|repl|cell))?)$/i;
const FINAL_NAMES = /^(?:final|final_?answer|final_?var|submit|answer)$/i;
/** Functions of the REPL that a model may take for tools. */
const REPL_NAMES =
	/^(?:llm_query|llm_query_batched|rlm_query|rlm_query_batched|grep|search|chunks|outline|cite|budget|SHOW_VARS)$/;
/** Fields in which code is handed to such a tool. */
const CODE_FIELDS = ['code', 'source', 'python', 'script', 'program', 'input', 'cell', 'command'];
const [OPEN, CLOSE] = ['<tool_call>', '</tool_call>'];
/** Longer arguments are not code that a model wrote. */
const MOST_CHARACTERS = 400_000;
/** Characters of a name or of arguments in a sentence. */
const SHOWN = 200;

/** A reply's text, and the tool calls that were in it as text. */
interface FoundCalls {
	readonly text: string;
	readonly calls: readonly ToolCall[];
}

/** A reply of the root model as the loop reads it: calls that the REPL can do are blocks of code. */
export function understood<R extends Pick<ModelReply, 'text' | 'toolCalls'>>(reply: R): R {
	const { text, calls } = callsInText(reply.text);
	const all = [...(reply.toolCalls ?? []), ...calls];
	if (all.length === 0) return reply;
	const blocks = all.map(blockOf);
	const unknown = all.filter((_, index) => blocks[index] === undefined);
	const parts = [text, ...blocks.filter((block) => block !== undefined), ...unknown.map(described)];
	return { ...reply, text: parts.filter((part) => part !== '').join('\n\n'), toolCalls: unknown };
}

/** What a model is told of calls that mean nothing here; undefined when there are none. */
export function noTools(calls: readonly ToolCall[] = []): string | undefined {
	const [first] = calls;
	if (first === undefined) return undefined;
	return `You called the tool "${first.name.slice(0, SHOWN)}", but there are no tools here. Write Python in a \`\`\`repl block instead.`;
}

/** A call in a sentence, for a model or a person. */
export function described({ name, arguments: given }: ToolCall): string {
	const shown = given.length > SHOWN ? `${given.slice(0, SHOWN)}…` : given;
	return `(call of the tool "${name.slice(0, SHOWN)}" with ${shown || 'nothing'})`;
}

/** Takes tool calls out of a text: models that know tools write them even when nobody offered one. */
function callsInText(text: string): FoundCalls {
	const calls: ToolCall[] = [];
	let [rest, from] = ['', 0];
	for (;;) {
		const at = text.indexOf(OPEN, from);
		const end = at < 0 ? -1 : text.indexOf(CLOSE, at);
		if (end < 0) break;
		const call = readCall(text.slice(at + OPEN.length, end));
		rest += text.slice(from, call ? at : end + CLOSE.length);
		if (call) calls.push(call);
		from = end + CLOSE.length;
	}
	return calls.length === 0 ? { text, calls } : { text: (rest + text.slice(from)).trim(), calls };
}

/** JSON of a value; undefined when it is nested too deeply to be written. */
export function jsonOf(value: unknown): string | undefined {
	try {
		return JSON.stringify(value);
	} catch {
		return undefined;
	}
}

function readCall(json: string): ToolCall | undefined {
	const { name, arguments: given, parameters } = record(parsed(json));
	if (typeof name !== 'string' || name === '') return undefined;
	const argument = given ?? parameters ?? {};
	const text = typeof argument === 'string' ? argument : jsonOf(argument);
	return text === undefined ? undefined : { name, arguments: text };
}

/** The block that does what a call asks for; undefined when nothing in the REPL does that. */
function blockOf({ name, arguments: given }: ToolCall): string | undefined {
	const short = name.replace(/^(?:functions?|tools?|default_api)[.:]/i, '');
	const code = pythonOf(short, given);
	return code === undefined ? undefined : `\`\`\`repl\n${code}\n\`\`\``;
}

function pythonOf(name: string, given: string): string | undefined {
	const fields = parsed(given);
	if (CODE_NAMES.test(name)) return codeIn(fields, given);
	if (FINAL_NAMES.test(name)) return finalOf(name, fields, given);
	if (!REPL_NAMES.test(name) || !isRecord(fields)) return undefined;
	return `import json\nprint(${name}(**json.loads(${JSON.stringify(JSON.stringify(fields))})))`;
}

/** Code in its usual field, as the only text of the call, or as the whole of it. */
function codeIn(fields: unknown, given: string): string | undefined {
	if (typeof fields === 'string') return filled(fields);
	if (!isRecord(fields)) return fields === undefined ? filled(given) : undefined;
	const named = CODE_FIELDS.map((field) => fields[field]).find((value) => typeof value === 'string');
	return filled(named ?? onlyValue(fields));
}

function finalOf(name: string, fields: unknown, given: string): string | undefined {
	const value = isRecord(fields) ? (fields.answer ?? onlyValue(fields)) : (fields ?? filled(given));
	if (value === undefined || value === null) return undefined;
	const isVariable = /var$/i.test(name) && typeof value === 'string';
	if (isVariable) return `FINAL_VAR(${JSON.stringify(value)})`;
	if (typeof value === 'string') return `FINAL(${JSON.stringify(value)})`;
	return `import json\nFINAL(json.loads(${JSON.stringify(JSON.stringify(value))}))`;
}

function onlyValue(fields: Readonly<Record<string, unknown>>): unknown {
	const values = Object.values(fields);
	return values.length === 1 ? values[0] : undefined;
}

function filled(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function parsed(json: string): unknown {
	if (json.length > MOST_CHARACTERS) return undefined;
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
	return isRecord(value) ? value : {};
}
