import {
	type CancellationToken,
	type ChatContext,
	type ChatFollowup,
	type ChatRequest,
	ChatRequestTurn,
	ChatResponseMarkdownPart,
	type ChatResponseStream,
	ChatResponseTurn,
	type ChatResult,
	type Command,
	Location,
	l10n,
	MarkdownString,
	Range,
	Uri,
} from 'vscode';
import { CancelledError, type ErrorAction, type Explanation, explain } from '../../core/errors.ts';
import type { Citation } from '../../core/events.ts';
import type { RunResult } from '../../core/request.ts';
import { citationFault } from '../../protocol/evidence.ts';
import { doubtsOf } from '../chat/exchanges.ts';
import type { ContextSource } from '../contextSource.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { statusText } from '../runStatus.ts';
import type { Run } from '../runs/run.ts';
import { codeSpan, escaped, harmless } from '../safeMarkdown.ts';
import { settingsCommand } from '../showError.ts';
import { signalOf } from '../signal.ts';
import { likelySource, pointedSource, scopeSource } from './requestSource.ts';

/** Shortest time between two progress lines. ms */
const PROGRESS_MS = 1_500;

/** Plain data that the chat keeps of an answer, for follow-ups and feedback. */
interface AnswerFacts {
	readonly runId: string;
	readonly outcome: string;
	/** The first places of the evidence. */
	readonly places: readonly string[];
	readonly isWholeWorkspace: boolean;
}

/** Answers a message to `@rlm` with a run. */
export async function answerRequest(
	host: QueryHost,
	request: ChatRequest,
	context: ChatContext,
	stream: ChatResponseStream,
	token: CancellationToken,
): Promise<ChatResult> {
	const question = questionOf(request);
	if (question === undefined) {
		stream.markdown(help());
		return {};
	}
	const { signal, dispose } = signalOf(token);
	try {
		const source = await sourceOf(request);
		stream.progress(l10n.t('Asking about {0}', source.label));
		const run = host.runs.start({ question, source, ...historyOf(context) }, signal);
		const result = await followed(host, run, stream);
		return await answered(run, result, request, stream);
	} catch (error) {
		if (error instanceof CancelledError) return {};
		return failed(explain(error), stream);
	} finally {
		dispose();
	}
}

/** Suggests what to ask next. */
export function followUps({ metadata }: ChatResult): ChatFollowup[] {
	const facts = metadata as AnswerFacts | undefined;
	if (facts?.outcome !== 'answered') return [];
	const [place] = facts.places;
	const more = l10n.t('Which parts of the context did you not look at?');
	return [
		...(place === undefined ? [] : [{ prompt: l10n.t('Explain {0}', place), command: 'explain' }]),
		{ prompt: more },
		...(facts.isWholeWorkspace ? [] : [{ prompt: l10n.t('Where else in the workspace?'), command: 'workspace' }]),
	];
}

function questionOf({ prompt, command }: ChatRequest): string | undefined {
	const text = prompt.trim();
	if (command === 'explain') {
		const explained = l10n.t('Explain what this does, how it works and what to watch out for.');
		return text === '' ? explained : `${explained} ${text}`;
	}
	return text === '' ? undefined : text;
}

async function sourceOf({ command, references }: ChatRequest): Promise<ContextSource> {
	if (command === 'selection' || command === 'file' || command === 'workspace') return scopeSource(command);
	if (references.length === 0) return likelySource();
	return pointedSource(references.map(({ value, id, modelDescription }) => ({ value, label: modelDescription ?? id })));
}

/** Gives the earlier messages to `@rlm` in this chat as the REPL's `history`. */
function historyOf({ history }: ChatContext): { histories?: readonly string[] } {
	const messages = history.map((turn) => {
		if (turn instanceof ChatRequestTurn) return { role: 'user', content: turn.prompt };
		const parts = turn instanceof ChatResponseTurn ? turn.response : [];
		const texts = parts.filter((part) => part instanceof ChatResponseMarkdownPart).map(({ value }) => value.value);
		return { role: 'assistant', content: texts.join('') };
	});
	return messages.length === 0 ? {} : { histories: [JSON.stringify(messages)] };
}

/** Shows the progress of a run until it has ended. */
async function followed({ runs }: QueryHost, run: Run, stream: ChatResponseStream): Promise<RunResult> {
	let told = '';
	const tell = () => {
		const text = run.progress || (run.tree.seq < 0 ? '' : statusText(run.tree));
		if (text !== '' && text !== told) stream.progress(text);
		told = text;
	};
	const timer = setInterval(tell, PROGRESS_MS);
	const subscription = runs.onDidChange((changed) => changed === run && run.state === 'running' && tell());
	try {
		return await run.result;
	} finally {
		clearInterval(timer);
		subscription.dispose();
	}
}

async function answered(
	run: Run,
	result: RunResult,
	request: ChatRequest,
	stream: ChatResponseStream,
): Promise<ChatResult> {
	if (result.answer !== '') stream.markdown(answerText(result));
	await showEvidence(run, result.citations, stream);
	showDoubts(result, stream);
	stream.button({ command: COMMANDS.showRun, title: l10n.t('Show Run'), arguments: [run.id] });
	const facts: AnswerFacts = {
		runId: run.id,
		outcome: result.outcome,
		places: result.citations
			.filter(({ check }) => check !== 'not-found')
			.slice(0, 3)
			.map(placeOf),
		isWholeWorkspace: request.command === 'workspace',
	};
	if (result.outcome === 'answered' || result.outcome === 'cancelled') return { metadata: facts };
	if (result.outcome === 'partial') {
		stream.markdown(`\n\n*${l10n.t('A limit was reached; this is the best answer so far.')}*`);
		return { metadata: facts };
	}
	return { ...failed(result.error ?? explain(new Error(l10n.t('The run failed.'))), stream), metadata: facts };
}

/** Renders a model's text, which must neither load anything nor run a command. */
function answerText({ answer }: RunResult): MarkdownString {
	const text = new MarkdownString(harmless(answer));
	text.isTrusted = false;
	text.supportHtml = false;
	return text;
}

/** Shows the evidence as links, and lists the places among the references above the answer. */
async function showEvidence(run: Run, citations: readonly Citation[], stream: ChatResponseStream): Promise<void> {
	const found = await Promise.all(
		citations
			.filter(({ check }) => check !== 'not-found')
			.map(async (citation) => ({ citation, uri: await run.uriOf(citation.path) })),
	);
	const known = found.flatMap(({ citation, uri }) => (uri instanceof Uri ? [{ citation, uri }] : []));
	if (known.length === 0) return;
	stream.markdown(`\n\n${l10n.t('Evidence:')} `);
	for (const [index, { citation, uri }] of known.entries()) {
		if (index > 0) stream.markdown(', ');
		const location = new Location(uri, new Range(citation.startLine - 1, 0, citation.endLine - 1, 0));
		stream.anchor(location, placeOf(citation));
		stream.reference(location);
	}
	stream.markdown('\n');
}

/** Says which citations do not hold, and what else the answer does not rest on. */
function showDoubts(result: RunResult, stream: ChatResponseStream): void {
	const wrong = result.citations.flatMap((citation) => {
		const fault = citationFault(citation, l10n.t);
		return fault === undefined ? [] : [`${codeSpan(placeOf(citation))}: ${escaped(fault)}`];
	});
	const notFound = result.found === false ? [l10n.t('Not in the text')] : [];
	const doubts = [...notFound, ...wrong, ...doubtsOf(result).map(escaped)].map((doubt) => `- ⚠ ${doubt}`);
	if (doubts.length > 0) stream.markdown(`\n\n${doubts.join('\n')}\n`);
}

function failed({ message, hint, actions }: Explanation, stream: ChatResponseStream): ChatResult {
	const commands: Record<ErrorAction, Command | undefined> = {
		'edit-settings': settingsCommand(),
		'add-server': { command: COMMANDS.addServer, title: l10n.t('Add Server…') },
		'set-key': { command: COMMANDS.setApiKey, title: l10n.t('Set API Key…') },
		'set-sandbox-token': { command: COMMANDS.setSandboxToken, title: l10n.t('Set Token…') },
		'show-log': { command: COMMANDS.showLog, title: l10n.t('Show Log') },
		retry: undefined, // the chat has a button of its own
		'use-builtin': undefined, // our own chat and the commands can ask the same again, a participant cannot
	};
	for (const action of actions) {
		const command = commands[action];
		if (command) stream.button(command);
	}
	return { errorDetails: { message: hint === undefined ? message : `${message} ${hint}` } };
}

function placeOf({ path, startLine, endLine }: Citation): string {
	return endLine === startLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function help(): string {
	return [
		l10n.t('Ask about text of any size: a model writes code that searches it and reads the parts that matter.'),
		'',
		`- ${l10n.t('`/selection` asks about what is selected, `/file` about the file in the editor')}`,
		`- ${l10n.t('`/workspace` asks about all files of the workspace')}`,
		`- ${l10n.t('`/explain` explains what is selected or attached')}`,
		`- ${l10n.t('Attach files and folders with `#` to ask about them')}`,
	].join('\n');
}
