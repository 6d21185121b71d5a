import { l10n, type TextDocument, type TextEditor, type Uri, workspace } from 'vscode';
import { textContext } from '../context/corpus.ts';
import { isSecretFile } from '../context/secretFiles.ts';
import type { ContextSource } from './contextSource.ts';

/** Makes a source of the whole text of an editor, saved or not. */
export function bufferSource(document: TextDocument): ContextSource {
	const path = pathOf(document);
	return {
		title: l10n.t('Ask about {0}', path),
		label: path,
		origin: { kind: 'document', uri: document.uri.toString() },
		async collect() {
			const context = await textContext({ label: path, path, text: document.getText() });
			const warnings = secretWarnings(document.uri);
			return { contexts: [context], warnings, uriOf: (asked) => (asked === path ? document.uri : undefined) };
		},
	};
}

/** Makes a source of the selections of an editor, one context each. Line numbers are those of the document. */
export function selectionSource({ document, selections }: TextEditor): ContextSource {
	const path = pathOf(document);
	const ranges = selections
		.filter((selection) => !selection.isEmpty)
		.sort((left, right) => left.start.compareTo(right.start));
	const paths = ranges.map(({ start }, index) => (index === 0 ? path : `${path}:${start.line + 1}`));
	return {
		title: l10n.t('Ask about the selection in {0}', path),
		label: l10n.t('selection in {0}', path),
		async collect() {
			const contexts = ranges.map((range, index) =>
				textContext({
					label: l10n.t('selection of {0}, lines {1} to {2}', path, range.start.line + 1, range.end.line + 1),
					path: paths[index] ?? path,
					text: document.getText(range),
					firstLine: range.start.line + 1,
				}),
			);
			return {
				contexts: await Promise.all(contexts),
				uriOf: (asked) => (paths.includes(asked) ? document.uri : undefined),
			};
		},
	};
}

/** Makes a source of a text outside any editor. Its citations have no links. */
export function textSource(label: string, text: string): ContextSource {
	return {
		title: l10n.t('Ask about {0}', label),
		label,
		async collect() {
			return { contexts: [await textContext({ label, path: label, text })], uriOf: () => undefined };
		},
	};
}

/** Warns of a document that usually holds secrets: it is read because the question names it. */
export function secretWarnings(uri: Uri): string[] {
	if (!isSecretFile(uri.path)) return [];
	const path = workspace.asRelativePath(uri).replaceAll('\\', '/');
	return [l10n.t('{0} may hold secrets. It is read because the question names it.', path)];
}

function pathOf(document: TextDocument): string {
	return workspace.asRelativePath(document.uri).replaceAll('\\', '/');
}
