import { commands, env, l10n, type SaveDialogOptions, Uri, ViewColumn, window, workspace } from 'vscode';
import type { ErrorAction } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { ExchangeAction, ShownExchange, ShownPlace } from '../../protocol/chat.ts';
import { COMMANDS } from '../names.ts';
import { openLines } from '../openDocument.ts';
import { defaultFolder } from '../runPanel/panelActions.ts';
import type { Runs } from '../runs/runs.ts';
import { harmless } from '../safeMarkdown.ts';
import { settingsCommand } from '../showError.ts';
import type { Chat } from './chat.ts';

/** Runs the action of a button of an exchange. */
export async function actOnExchange(chat: Chat, exchange: ShownExchange, action: ExchangeAction): Promise<void> {
	switch (action) {
		case 'copy':
			await env.clipboard.writeText(exchange.answer);
			window.setStatusBarMessage(l10n.t('Copied'), 2000);
			return;
		case 'insert':
			return insert(exchange.answer);
		case 'open': {
			const document = await workspace.openTextDocument({ language: 'markdown', content: exchange.answer });
			await window.showTextDocument(document, { viewColumn: ViewColumn.Active });
			return;
		}
		case 'show-run':
			await commands.executeCommand(COMMANDS.showRun, exchange.id);
			return;
		case 'answer-now':
			return chat.current?.id === exchange.id ? chat.current.answerNow() : undefined;
		case 'regenerate':
		case 'retry':
			return chat.askAgain(exchange.id);
		case 'use-builtin':
			return chat.askAgain(exchange.id, { onBuiltin: true });
		default:
			return repair(action);
	}
}

async function repair(action: Exclude<ErrorAction, 'retry' | 'use-builtin'>): Promise<void> {
	const settings = settingsCommand();
	const commandOf = {
		'edit-settings': [settings.command, ...(settings.arguments ?? [])],
		'add-server': [COMMANDS.addServer],
		'set-key': [COMMANDS.setApiKey],
		'set-sandbox-token': [COMMANDS.setSandboxToken],
		'show-log': [COMMANDS.showLog],
	} as const;
	const [command, ...rest] = commandOf[action];
	await commands.executeCommand(command, ...rest);
}

/** Inserts an answer at the cursor, or in place of the selection. */
async function insert(text: string): Promise<void> {
	const editor = window.activeTextEditor;
	if (!editor) {
		void window.showWarningMessage(l10n.t('No text editor is active: open the text that the answer should go into.'));
		return;
	}
	await editor.edit((edit) => edit.replace(editor.selection, text));
	await window.showTextDocument(editor.document, editor.viewColumn ?? ViewColumn.Active);
}

/** Opens a place that the answer cites. Refuses any other file, whatever the page asks for. */
export async function openCitation(runs: Runs, exchange: ShownExchange, place: ShownPlace): Promise<void> {
	const isCited = exchange.citations.some(
		({ path, startLine, endLine }) => path === place.path && startLine <= place.startLine && place.startLine <= endLine,
	);
	const run = isCited ? await runs.load(exchange.id) : undefined;
	const uri = await run?.uriOf(place.path);
	if (uri) return openLines(uri, place);
	void window.showWarningMessage(l10n.t('{0} is not a file that can be opened.', place.path));
}

/** Exports a conversation as Markdown to a file that the user chooses. */
export async function exportChat(chat: Chat): Promise<void> {
	if (chat.exchanges.length === 0) {
		void window.showInformationMessage(l10n.t('Nothing has been asked in this conversation yet.'));
		return;
	}
	const folder = defaultFolder();
	const name = chat.title.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60) || 'chat';
	const target = await window.showSaveDialog(
		present<SaveDialogOptions>({
			title: l10n.t('Export Conversation'),
			filters: { Markdown: ['md'] },
			defaultUri: folder ? Uri.joinPath(folder, `${name}.md`) : undefined,
		}),
	);
	if (!target) return;
	await workspace.fs.writeFile(target, new TextEncoder().encode(asMarkdown(chat)));
	const open = l10n.t('Open');
	const chosen = await window.showInformationMessage(l10n.t('The conversation was exported.'), open);
	if (chosen === open) await window.showTextDocument(target);
}

/** Renders a conversation as Markdown: every question with its answer, evidence and figures. */
export function asMarkdown({ title, exchanges }: Pick<Chat, 'title' | 'exchanges'>): string {
	const sections = exchanges.flatMap((exchange) => [
		`## ${harmless(exchange.question.replaceAll('\n', ' '))}`,
		`*${harmless(exchange.contextLabel)}*`,
		harmless(exchange.answer || exchange.error?.message || l10n.t('There is no answer.')),
		...exchange.notes.map((note) => `> ${harmless(note)}`),
		exchange.citations.map(placeItem).join('\n'),
		exchange.doubts.map((doubt) => `- ⚠ ${harmless(doubt.replaceAll('\n', ' '))}`).join('\n'),
		exchange.figures,
	]);
	return `${[`# ${harmless(title)}`, ...sections].filter((section) => section !== '').join('\n\n')}\n`;
}

function placeItem({ path, startLine, problem }: ShownPlace): string {
	const place = `\`${path}:${startLine}\``;
	return problem === undefined ? `- ${place}` : `- ⚠ ${place}: ${harmless(problem)}`;
}
