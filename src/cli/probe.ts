import { formatCount, formatDuration } from '../core/figures.ts';
import { present } from '../core/present.ts';
import { oneLine, printableJson } from '../core/printable.ts';
import { AddServer, type AddServerState, type ModelChoice, type Warning } from '../pool/addServer.ts';
import type { TestCall } from '../pool/testCall.ts';
import type { ServerSettings } from '../settings/servers.ts';
import { COMMAND_LINE_KEY, keyVariables } from './keys.ts';
import { print } from './output.ts';
import { EXIT } from './report.ts';

/** Number of models that are listed; the rest are only counted. */
const LISTED_MODELS = 12;

/**
 * Looks at a server like the editor's wizard: detects its kind and models, makes a test call, and prints the settings to
 * paste.
 * @returns the exit code: 0 when the test call was answered, else 4
 * @throws CancelledError
 */
export async function probe(address: string, options: { readonly json?: boolean }, signal: AbortSignal) {
	const adding = new AddServer([]);
	let variable: string | undefined;
	let state = await adding.enterAddress(address, signal);
	if (state.step === 'key') {
		variable = keyVariables({ id: '', url: state.server.url }, true).find((name) => process.env[name]?.trim());
		if (variable !== undefined) state = await adding.enterKey(process.env[variable] ?? '', signal);
	}
	const found = state.step === 'models' ? state : undefined;
	if (found && !options.json) print(foundText(found));
	if (found) state = adding.choose(found.suggestion);
	if (state.step === 'test') state = await adding.test(signal);
	const settings = settingsOf(state, variable);
	const text = options.json
		? printableJson(present({ ...state, report: found?.report, settings }))
		: endText(state, settings);
	print(text);
	return state.step === 'done' ? EXIT.answered : EXIT.noServer;
}

function settingsOf(state: AddServerState, apiKeyEnv: string | undefined): ServerSettings | undefined {
	if (state.step !== 'done' && state.step !== 'test') return undefined;
	return apiKeyEnv === undefined ? state.settings : { ...state.settings, apiKeyEnv };
}

function foundText({ server, report, models }: Extract<AddServerState, { step: 'models' }>): string {
	const places = report.places === undefined ? '' : `, ${report.places} calls at a time`;
	const lines = [`${oneLine(report.software ?? server.software)} at ${server.url}${places}`];
	lines.push(...models.slice(0, LISTED_MODELS).map((model) => `  ${modelText(model)}`));
	if (models.length > LISTED_MODELS) lines.push(`  and ${models.length - LISTED_MODELS} more models`);
	return lines.join('\n');
}

function modelText({ name, contextTokens, maxContextTokens, isLoaded, bytes, vramBytes, known }: ModelChoice): string {
	const isSplit = bytes !== undefined && vramBytes !== undefined && vramBytes < bytes;
	const facts = [
		isLoaded === undefined ? undefined : isLoaded ? 'in memory' : 'not in memory',
		contextTokens === undefined ? undefined : `window ${formatCount(contextTokens)}`,
		maxContextTokens === undefined ? undefined : `at most ${formatCount(maxContextTokens)}`,
		bytes === undefined ? undefined : `${(bytes / 1024 ** 3).toFixed(1)} GB`,
		isSplit ? `${Math.round((1 - vramBytes / bytes) * 100)} % of it on the CPU` : undefined,
		known === undefined ? undefined : `$${known.price.promptUsd}/$${known.price.completionUsd} a million tokens`,
	];
	const told = facts.filter((fact) => fact !== undefined).join(', ');
	return `${oneLine(name)}${told === '' ? '' : `: ${told}`}`;
}

const WARNINGS: Readonly<Record<Warning, string>> = {
	'window-unknown': 'The server does not report its context window. Set contextLength, or rlm assumes 8192 tokens.',
	'window-small': 'Its context window is small for a root model. Increase it, or use the model for sub-calls only.',
	'partly-on-cpu':
		'Part of the model is not on the GPU, which makes it slow. Use a smaller model or a smaller context window.',
};

function endText(state: AddServerState, settings: ServerSettings | undefined): string {
	const lines: string[] = [];
	if (state.step === 'done') lines.push(...testLines(state.test));
	if (state.step === 'done' || state.step === 'test') lines.push(...state.warnings.map((name) => WARNINGS[name]));
	if (state.step === 'key' && !state.problem) lines.push(...keyLines(state.server.url));
	if ('problem' in state && state.problem) lines.push(state.problem.message, state.problem.hint ?? '');
	if (settings) lines.push('', printableJson({ servers: [settings] }, 2));
	return lines.join('\n').trimEnd();
}

function keyLines(url: string): string[] {
	const variables = keyVariables({ id: '', url }, true);
	return [`The server at ${url} needs a key.`, `Set ${variables.toReversed().join(' or ') || COMMAND_LINE_KEY}.`];
}

function testLines({ model, firstTokenMs, tokensPerSecond, truncation, sentTokens, readTokens }: TestCall): string[] {
	const speed = tokensPerSecond === undefined ? '' : `, ${tokensPerSecond.toFixed(1)} tokens/s`;
	const first = `test call to ${oneLine(model)}: first token after ${formatDuration(firstTokenMs)}${speed}`;
	if (truncation === 'unknown') return [first];
	const sent = sentTokens === undefined ? 'the' : `a ${formatCount(sentTokens)} token`;
	if (truncation === 'none') return [first, `${sent} prompt was read in full`];
	const read = readTokens === undefined ? '' : ` only ${formatCount(readTokens)} tokens were read;`;
	return [first, `${sent} prompt was cut silently:${read} increase the server's context window`];
}
