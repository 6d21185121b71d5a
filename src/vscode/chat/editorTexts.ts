import { DiagnosticSeverity, extensions, l10n, languages, workspace } from 'vscode';
import { InputError } from '../../core/errors.ts';

/** The parts that we use of the API of VS Code's Git extension. */
interface GitExtension {
	/** Whether Git is installed and enabled. */
	readonly enabled: boolean;
	getAPI(version: 1): { readonly repositories: readonly GitRepository[] };
}

interface GitRepository {
	readonly rootUri: { readonly path: string };
	/** @param cached whether to compare what is staged */
	diff(cached: boolean): Promise<string>;
}

/** Lists the editor's problems, one per line: `path:line:column severity message (source)`. @throws InputError */
export function problems(): string {
	const lines = languages.getDiagnostics().flatMap(([uri, diagnostics]) => {
		const path = workspace.asRelativePath(uri).replaceAll('\\', '/');
		return diagnostics.map(({ range: { start }, severity, message, source }) => {
			const place = `${path}:${start.line + 1}:${start.character + 1}`;
			const kind = DiagnosticSeverity[severity].toLowerCase();
			return `${place} ${kind} ${message.replace(/\s+/g, ' ')}${source === undefined ? '' : ` (${source})`}`;
		});
	});
	if (lines.length === 0) throw new InputError(l10n.t('The editor shows no problems.'));
	return `${lines.join('\n')}\n`;
}

/** The uncommitted changes of the workspace's repositories. @throws InputError without any */
export async function gitDiff(): Promise<string> {
	const extension = extensions.getExtension<GitExtension>('vscode.git');
	const git = await extension?.activate();
	if (!git?.enabled) throw new InputError(l10n.t('The Git extension of VS Code is disabled, or Git is not installed.'));
	const { repositories } = git.getAPI(1);
	const diffs = await Promise.all(
		repositories.flatMap((repository) => [repository.diff(true), repository.diff(false)]),
	);
	const text = diffs.filter((diff) => diff !== '').join('\n');
	if (text === '') throw new InputError(l10n.t('Git has no uncommitted changes.'));
	return text;
}
