import { html, nothing, type TemplateResult } from 'lit';
import type { ContextSummary, MessageEnd, Totals } from '../../src/core/events.ts';
import { formatCount, formatDuration } from '../../src/core/figures.ts';
import type { SourceSpan } from '../../src/core/ports/context.ts';
import type { CallNode, CodeNode, IterationNode, RunNode, TreeNode } from '../../src/core/tree.ts';
import { endReason } from '../../src/protocol/endReason.ts';
import type { NodePart, NodeText } from '../../src/protocol/panel.ts';
import { pythonCode } from '../shared/highlight.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import type { Actions } from './actions.ts';
import { answerView, placeButton } from './answer.ts';
import { budgetBars } from './budget.ts';
import { costText, durationText, statusText, textsOf, tokensText } from './nodeTexts.ts';
import type { Store } from './store.ts';

/** Draws everything known about the selected node. @param now ms since the epoch */
export function detailsView(store: Store, actions: Actions, now: number): TemplateResult {
	const node = store.selected;
	if (!node) return html`<p class="hint">${t('Select a line to see its details.')}</p>`;
	switch (node.kind) {
		case 'run':
			return runDetails(store, node, actions, now);
		case 'iteration':
			return iterationDetails(store, node, actions, now);
		case 'code':
			return codeDetails(store, node, actions, now);
		case 'call':
			return callDetails(store, node, actions, now);
	}
}

function runDetails(store: Store, node: RunNode, actions: Actions, now: number): TemplateResult {
	const { start, error, notices } = node;
	const models = new Set([`${start.rootModel} · ${start.rootServer}`, `${start.subModel} · ${start.subServer}`]);
	return html`
		${error ? html`<p class="problem">${icon('error')} ${error.message} ${error.hint ?? ''}</p>` : nothing}
		${outcomeNote(node)} ${answerView(node, actions)}
		${start.isBuiltin ? html`<p class="hint">${t('Made by the built-in engine, a deterministic program. It is not a language model.')}</p>` : nothing}
		<h3>${t('Budget')}</h3>
		${budgetBars(store.tree, node, now)}
		<h3>${t('Run')}</h3>
		${facts([
			[t('Status'), statusText(node.status)],
			[t('Models'), [...models].join(', ')],
			...start.contexts.map((context): Fact => [t('Context'), contextText(context)]),
			...totalsFacts(node),
			[t('Time'), durationText(node, now)],
			[t('Run id'), node.runId],
		])}
		${list(t('Notices'), notices)}`;
}

function outcomeNote({ outcome, reason, answer }: RunNode): TemplateResult | typeof nothing {
	const texts: Partial<Record<NonNullable<RunNode['outcome']>, string>> = {
		partial: t('Partial answer: {0} This is the best answer so far.', reason === undefined ? '' : endReason(reason, t)),
		cancelled: answer === '' ? t('The run was cancelled.') : t('The run was cancelled. This is what it had found.'),
	};
	const text = outcome && texts[outcome];
	return text === undefined ? nothing : html`<p class="warning">${icon('warning')} ${text}</p>`;
}

function contextText({ label, files, lines, bytes, kind }: ContextSummary): string {
	const size =
		bytes < 1024
			? `${bytes} B`
			: bytes < 1024 ** 2
				? `${Math.round(bytes / 1024)} KB`
				: `${(bytes / 1024 ** 2).toFixed(1)} MB`;
	const parts = kind === 'files' ? [t('{0} files', files)] : [];
	return [label, ...parts, t('{0} lines', lines), size].join(', ');
}

function iterationDetails(store: Store, node: IterationNode, actions: Actions, now: number): TemplateResult {
	const { message } = node;
	const reply = message ? undefined : node.text;
	return html`
		${facts([...headFacts(node, now), ...(message ? messageFacts(message) : []), ...totalsFacts(node)])}
		${list(t('Failed attempts'), node.failedAttempts)} ${list(t('Notices'), node.notices)}
		${message || node.reasoning === '' ? nothing : textBlock(t('Reasoning'), node.reasoning)}
		${reply ? textBlock(t('Reply'), reply) : nothing}
		${
			message
				? fullTexts(store, node, actions, [
						['reasoning', message.reasoning],
						['reply', message.text],
					])
				: nothing
		}`;
}

function messageFacts(message: MessageEnd): Fact[] {
	const { usage, server, model, attempts, queueMs, firstTokenMs, durationMs, finishReason } = message;
	return [
		[t('Model'), model],
		[t('Server'), server],
		[t('Attempts'), String(attempts)],
		[t('Waited'), formatDuration(queueMs)],
		[t('First token'), formatDuration(firstTokenMs)],
		[t('Model time'), formatDuration(durationMs)],
		...usageFacts(usage),
		[t('Ended by'), finishReason],
	];
}

function usageFacts(usage: MessageEnd['usage']): Fact[] {
	const about = usage.isEstimate ? '~' : '';
	const cached = usage.cachedPromptTokens;
	return [
		[
			t('Prompt tokens'),
			`${about}${formatCount(usage.promptTokens)}${cached ? ` (${t('{0} cached', formatCount(cached))})` : ''}`,
		],
		[t('Completion tokens'), `${about}${formatCount(usage.completionTokens)}`],
	];
}

function codeDetails(store: Store, node: CodeNode, actions: Actions, now: number): TemplateResult {
	const { result } = node;
	const [code, output] = [wholeText(store, node, 'code', node.code), wholeText(store, node, 'output', node.output)];
	return html`
		${facts([...headFacts(node, now), ...totalsFacts(node)])}
		${result?.error ? html`<pre class="problem">${result.error.traceback || `${result.error.type}: ${result.error.message}`}</pre>` : nothing}
		${result?.error?.hint ? html`<p class="hint">${result.error.hint}</p>` : nothing}
		${part(node, 'code', 0, t('Code'), undefined, actions, html`<pre class="code">${highlighted(code.text)}</pre>${cutNote(code)}`)}
		${output.text === '' ? nothing : part(node, 'output', 0, t('Output'), undefined, actions, html`<pre>${output.text}</pre>${cutNote(output)}`)}
		${places(t('Lines read'), result?.spans ?? [], actions)}
		${list(
			t('Variables changed'),
			(result?.changed ?? []).map(({ name, type, size }) =>
				size === undefined ? `${name}: ${type}` : `${name}: ${type} (${size})`,
			),
		)}`;
}

function callDetails(store: Store, node: CallNode, actions: Actions, now: number): TemplateResult {
	const { start, result } = node;
	return html`
		${facts([
			...headFacts(node, now),
			...optional(t('Model'), result?.model ?? start.model),
			...optional(t('Server'), result?.server),
			...(result && start.kind === 'llm' ? [[t('Attempts'), String(result.attempts)] as Fact] : []),
			...(result && start.kind === 'llm' ? [[t('Waited'), formatDuration(result.queueMs)] as Fact] : []),
			...optional(t('Failure'), result?.failure),
			...(result?.usage ? usageFacts(result.usage) : []),
			...totalsFacts(node),
		])}
		${list(t('Failed attempts'), node.failedAttempts)}
		${fullTexts(store, node, actions, [
			['prompt', start.preview],
			['reply', result?.reply ?? ''],
		])}
		${places(t('Lines in the prompt'), start.spans, actions)}`;
}

type Fact = readonly [name: string, value: string];

function facts(entries: readonly Fact[]): TemplateResult {
	return html`<dl class="facts">
		${entries.filter(([, value]) => value !== '').map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
	</dl>`;
}

function headFacts(node: TreeNode, now: number): Fact[] {
	return [
		[t('Status'), statusText(node.status)],
		[t('Time'), durationText(node, now)],
	];
}

/** Draws the figures of a node, and those of its subtree where they differ. */
function totalsFacts({ own, subtree }: TreeNode): Fact[] {
	const figures = (totals: Totals) =>
		[tokensText(totals) && t('{0} tokens', tokensText(totals)), costOf(totals)].filter(Boolean).join(', ');
	if (subtree.calls === own.calls) return own.calls === 0 ? [] : [[t('Cost'), costOf(own)]];
	return [
		[t('Own'), figures(own)],
		[t('With everything below'), `${t('{0} model calls', subtree.calls)}, ${figures(subtree)}`],
	];
}

function costOf(totals: Totals): string {
	return costText(totals) ?? t('price unknown');
}

function optional(name: string, value: string | undefined): Fact[] {
	return value === undefined ? [] : [[name, value]];
}

function list(title: string, items: readonly string[]): TemplateResult | typeof nothing {
	if (items.length === 0) return nothing;
	return html`<h3>${title}</h3><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function places(title: string, spans: readonly SourceSpan[], actions: Actions): TemplateResult | typeof nothing {
	if (spans.length === 0) return nothing;
	return html`<h3>${title}</h3><ul>${spans.map((span) => html`<li>${placeButton(span, actions)}</li>`)}</ul>`;
}

function textBlock(title: string, text: string): TemplateResult {
	return html`<h3>${title}</h3><pre>${text}</pre>`;
}

const PART_TITLES: Readonly<Record<NodePart, () => string>> = {
	message: () => t('New message'),
	reasoning: () => t('Reasoning'),
	reply: () => t('Reply'),
	prompt: () => t('Prompt'),
	code: () => t('Code'),
	output: () => t('Output'),
	answer: () => t('Answer'),
};

/** Draws the full texts once loaded; until then, and without a journal, those of the tree. */
function fullTexts(
	store: Store,
	node: TreeNode,
	actions: Actions,
	previews: readonly (readonly [NodePart, string])[],
): TemplateResult {
	const full = store.textsOf(node);
	if (full?.state === 'there') return html`${full.texts.map((text, index) => textPart(node, text, index, actions))}`;
	const previewed = previews.filter(([, text]) => text !== '');
	return html`${full?.state === 'failed' ? html`<p class="warning">${full.message}</p>` : nothing}
		${previewed.map(([name, text]) => textBlock(PART_TITLES[name](), text))}`;
}

function textPart(node: TreeNode, text: NodeText, index: number, actions: Actions): TemplateResult {
	const body = html`<pre>${text.text}</pre>${cutNote(text)}`;
	return part(node, text.part, index, PART_TITLES[text.part](), text.role, actions, body);
}

/** Gives the full text once loaded; until then, and without a journal, that of the tree. */
function wholeText(store: Store, node: TreeNode, name: NodePart, known: string): Pick<NodeText, 'text' | 'cut'> {
	const full = store.textsOf(node);
	const found = full?.state === 'there' ? full.texts.find((text) => text.part === name) : undefined;
	return found ?? { text: known, cut: 0 };
}

function cutNote({ cut }: Pick<NodeText, 'cut'>): TemplateResult | typeof nothing {
	if (cut === 0) return nothing;
	return html`<p class="hint">${t('{0} more characters: open it in an editor to see all.', cut)}</p>`;
}

/** Draws a text with its buttons. Messages to the model start closed, because they are long. */
function part(
	node: TreeNode,
	name: NodePart,
	index: number,
	title: string,
	role: string | undefined,
	actions: Actions,
	body: TemplateResult,
): TemplateResult {
	const heading = role === undefined ? title : `${title} (${role})`;
	return html`<details class="part" ?open=${name !== 'message' && name !== 'reasoning'}>
		<summary><h3>${heading}</h3></summary>
		<div class="part-actions">
			${action('copy', t('Copy {0}', heading), () => actions.copyPart(node.id, name, index))}
			${action('go-to-file', t('Open {0} in an editor', heading), () => actions.openPart(node.id, name, index))}
		</div>
		${body}
	</details>`;
}

function action(name: 'copy' | 'go-to-file', label: string, run: () => void): TemplateResult {
	return html`<vscode-toolbar-button label=${label} title=${label} @click=${run}>${icon(name)}</vscode-toolbar-button>`;
}

/** The highlighted code, cached because it is drawn often and never changes. */
let coloured: { readonly code: string; readonly element: HTMLElement } | undefined;

function highlighted(code: string): HTMLElement {
	if (coloured?.code !== code) coloured = { code, element: pythonCode(code) };
	return coloured.element;
}

/** Gives the heading of the details. */
export function detailsTitle(store: Store): string {
	const node = store.selected;
	if (!node) return t('Details');
	return node.kind === 'run' && node.id === store.tree.root ? t('Answer and budget') : textsOf(node).title;
}
