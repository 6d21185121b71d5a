import * as v from 'valibot';
import {
	type CancellationToken,
	LanguageModelTextPart,
	LanguageModelToolResult,
	l10n,
	MarkdownString,
	type PreparedToolInvocation,
	Uri,
	window,
	workspace,
} from 'vscode';
import { isSecretFile, secretsBelow } from '../../context/secretFiles.ts';
import { InputError } from '../../core/errors.ts';
import type { RunResult } from '../../core/request.ts';
import type { ContextSource } from '../contextSource.ts';
import { textSource } from '../editorContext.ts';
import type { Runs } from '../runs/runs.ts';
import { readSettings } from '../settings.ts';
import { signalOf } from '../signal.ts';
import { pointedSource, scopeSource } from './requestSource.ts';

const inputSchema = v.object({
	question: v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty')),
	scope: v.exactOptional(v.picklist(['selection', 'file', 'workspace'])),
	paths: v.exactOptional(v.array(v.string())),
	text: v.exactOptional(v.string()),
});

/** Input of the tool: a question, and one of `scope`, `paths` and `text`. */
export type QueryInput = v.InferOutput<typeof inputSchema>;

/** Asks the user before an agent may ask a question. */
export function prepareQuery(input: Partial<QueryInput>): PreparedToolInvocation {
	const what = describeInput(input);
	const message = new MarkdownString();
	message.appendText(l10n.t('Question: {0}', String(input.question ?? '')));
	message.appendMarkdown('\n\n');
	message.appendText(l10n.t('RLM reads {0} and sends parts of it to {1}.', what, serverNames()));
	return {
		invocationMessage: l10n.t('RLM reads {0}', what),
		confirmationMessages: { title: l10n.t('Ask RLM about {0}?', what), message },
	};
}

/** Answers an agent's question with a run. @throws InputError with a sentence for the calling model */
export async function invokeQuery(
	runs: Runs,
	input: unknown,
	token: CancellationToken,
): Promise<LanguageModelToolResult> {
	const { question, ...about } = checkedInput(input);
	const { signal, dispose } = signalOf(token);
	try {
		const result = await runs.start({ question, source: { ...(await sourceOf(about)), needsConsent: false } }, signal)
			.result;
		return new LanguageModelToolResult([new LanguageModelTextPart(resultText(result))]);
	} finally {
		dispose();
	}
}

function checkedInput(input: unknown): QueryInput {
	const checked = v.safeParse(inputSchema, input);
	if (checked.success) return checked.output;
	const [issue] = checked.issues;
	throw new InputError(`rlm_query_context: ${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
}

/** Renders the answer and its evidence for a model. */
function resultText({ answer, outcome, reason, error, found, citations, unsupported = [] }: RunResult): string {
	if (answer === '') {
		const why = error?.message ?? `the run ended without an answer (${reason ?? outcome})`;
		throw new InputError(`rlm_query_context: ${why}`, error?.hint);
	}
	return [
		answer,
		...(outcome === 'partial' ? ['(Partial: a limit was reached.)'] : []),
		...(found === false ? ['(The text does not say.)'] : []),
		...(citations.length > 0 ? [`Evidence: ${JSON.stringify(citations)}`] : []),
		...(unsupported.length > 0 ? [`Sentences that rest on nothing that was read: ${JSON.stringify(unsupported)}`] : []),
	].join('\n\n');
}

async function sourceOf({ scope, paths, text }: Omit<QueryInput, 'question'>): Promise<ContextSource> {
	if (text !== undefined) return textSource(l10n.t('text of the caller'), text);
	const uris = (paths ?? []).map((path) => ({ value: uriOf(path), label: path }));
	const active = scope === 'file' ? window.activeTextEditor?.document.uri : undefined;
	for (const { path } of [...uris.map(({ value }) => value), ...(active ? [active] : [])]) refuseSecret(path);
	return uris.length === 0 ? scopeSource(scope ?? 'workspace') : pointedSource(uris);
}

/** Refuses secret files: naming one lets the user read it, but not an agent. @throws InputError */
function refuseSecret(path: string): void {
	const name = path.slice(path.lastIndexOf('/') + 1);
	const allowed = readSettings().context?.allowSecrets ?? [];
	if (!isSecretFile(path) || !secretsBelow(path.slice(0, -name.length), allowed)(name)) return;
	throw new InputError(`rlm_query_context: ${name} may hold secrets, so only the user can ask about it`);
}

/** Resolves a path inside the workspace: an agent must not read its way through the machine. */
function uriOf(path: string): Uri {
	const folders = workspace.workspaceFolders ?? [];
	const isAbsolute = path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
	for (const folder of folders) {
		const inFolder = path === folder.name || path.startsWith(`${folder.name}/`);
		const below = folders.length > 1 && inFolder ? path.slice(folder.name.length + 1) : path;
		const uri = isAbsolute ? folder.uri.with({ path: Uri.file(path).path }) : Uri.joinPath(folder.uri, below);
		const isInside = workspace.getWorkspaceFolder(uri)?.index === folder.index;
		if (isInside && (folders.length === 1 || isAbsolute || inFolder)) return uri;
	}
	throw new InputError(`rlm_query_context: "${path}" is not in the workspace; give paths relative to its folder`);
}

function describeInput({ scope, paths, text }: Partial<QueryInput>): string {
	if (text !== undefined) return l10n.t('the text that the agent gives ({0} characters)', text.length);
	if (paths && paths.length > 0) return paths.slice(0, 5).join(', ') + (paths.length > 5 ? ', …' : '');
	const scopes = {
		selection: l10n.t('the selection'),
		file: l10n.t('the file in the editor'),
		workspace: l10n.t('all files of the workspace'),
	};
	return scopes[scope ?? 'workspace'];
}

function serverNames(): string {
	const { servers } = readSettings();
	if (servers.length === 0) return l10n.t('a model server on this machine, or to none');
	return servers.map(({ id, url }) => (url === undefined ? id : `${id} (${url})`)).join(', ');
}
