import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { Location, l10n, Range, TabInputText, type TextEditor, Uri, window, workspace } from 'vscode';
import { InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { ShownChip } from '../../protocol/chat.ts';
import type { ContextSource, SourceOrigin } from '../contextSource.ts';
import { bufferSource, textSource } from '../editorContext.ts';
import { joined, pointedSource, scopeSource } from '../nativeChat/requestSource.ts';
import { gitDiff, problems } from './editorTexts.ts';

const line = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A context of a conversation as it is stored. Every question reads it again. */
export const chipSchema = v.variant('kind', [
	/** A range of a document, counted from 0. */
	v.object({ kind: v.literal('selection'), uri: v.string(), range: v.tuple([line, line, line, line]) }),
	v.object({ kind: v.literal('file'), uri: v.string() }),
	v.object({ kind: v.literal('folder'), uri: v.string() }),
	v.object({ kind: v.picklist(['editors', 'workspace', 'problems', 'diff']) }),
]);

export type Chip = v.InferOutput<typeof chipSchema>;

/** Identifies a chip; equal for chips with the same meaning. */
export function chipId(chip: Chip): string {
	return createHash('sha256').update(JSON.stringify(chip)).digest('hex').slice(0, 16);
}

/** Names a chip. */
export function chipLabel(chip: Chip): string {
	switch (chip.kind) {
		case 'selection': {
			const [start, , end] = chip.range;
			const lines = start === end ? String(start + 1) : `${start + 1}-${end + 1}`;
			return `${relative(chip.uri)}:${lines}`;
		}
		case 'file':
			return relative(chip.uri);
		case 'folder':
			return `${relative(chip.uri)}/`;
		case 'editors':
			return l10n.t('open editors');
		case 'workspace':
			return l10n.t('workspace {0}', workspace.name ?? '');
		case 'problems':
			return l10n.t('problems');
		case 'diff':
			return l10n.t('git diff');
	}
}

/** Makes the source behind chips. Collecting it throws an InputError for anything that no longer exists. */
export function sourceOfChips(chips: readonly Chip[]): ContextSource {
	const label = chips.map(chipLabel).join(', ');
	const origin = chips.length === 1 ? originOf(chips[0]) : undefined;
	return present<ContextSource>({
		title: l10n.t('Ask about {0}', label),
		label,
		needsConsent: chips.some(({ kind }) => kind === 'workspace' || kind === 'folder'),
		origin,
		async collect(options) {
			return joined(await Promise.all(chips.map(sourceOfChip))).collect(options);
		},
	});
}

/** The origin from which the history reads a chip again. */
function originOf(chip: Chip | undefined): SourceOrigin | undefined {
	if (chip?.kind === 'workspace') return { kind: 'workspace' };
	return chip?.kind === 'file' ? { kind: 'document', uri: chip.uri } : undefined;
}

async function sourceOfChip(chip: Chip): Promise<ContextSource> {
	switch (chip.kind) {
		case 'selection':
			return pointedSource([{ value: new Location(Uri.parse(chip.uri), new Range(...chip.range)), label: '' }]);
		case 'file':
		case 'folder':
			return pointedSource([{ value: Uri.parse(chip.uri), label: chipLabel(chip) }]);
		case 'workspace':
			return scopeSource('workspace');
		case 'editors':
			return openEditors();
		case 'problems':
			return textSource(l10n.t('problems'), problems());
		case 'diff':
			return textSource(l10n.t('git diff'), await gitDiff());
	}
}

/** The default context: the selection, else the file in the editor, else the workspace. */
export function likelyChips(): readonly Chip[] {
	const editor = window.activeTextEditor;
	if (editor) {
		const selected = selectionChips(editor);
		return selected.length > 0 ? selected : [{ kind: 'file', uri: editor.document.uri.toString() }];
	}
	return (workspace.workspaceFolders?.length ?? 0) > 0 ? [{ kind: 'workspace' }] : [];
}

/** Gives the selections of an editor, from top to bottom. */
export function selectionChips({ document, selections }: TextEditor): readonly Chip[] {
	return selections
		.filter((selection) => !selection.isEmpty)
		.sort((left, right) => left.start.compareTo(right.start))
		.map(({ start, end }) => ({
			kind: 'selection',
			uri: document.uri.toString(),
			range: [start.line, start.character, end.line, end.character],
		}));
}

/** Gives a chip for the page, not yet measured. */
export function shownChip(chip: Chip, size = '', isBroken = false): ShownChip {
	return { id: chipId(chip), kind: chip.kind, label: chipLabel(chip), size, isBroken };
}

async function openEditors(): Promise<ContextSource> {
	const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
	const uris = new Map(
		tabs.flatMap(({ input }) => (input instanceof TabInputText ? [[input.uri.toString(), input.uri] as const] : [])),
	);
	if (uris.size === 0) throw new InputError(l10n.t('No text is open in an editor.'));
	const documents = await Promise.all([...uris.values()].map((uri) => workspace.openTextDocument(uri)));
	return joined(documents.map(bufferSource));
}

function relative(uri: string): string {
	return workspace.asRelativePath(Uri.parse(uri)).replaceAll('\\', '/');
}
