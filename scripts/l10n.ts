// Lists the texts that the editor shows, and what is still to be translated. node scripts/l10n.ts [LANGUAGE]
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';

const root = join(import.meta.dirname, '..');

/** What a call holds, on one line or several, and its text where that is one literal in quotes. */
const ARGUMENT = /\s*\((?:\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*[,)])?/;
/** How a text is translated: by `l10n.t` in the extension, by `t` of `webview/shared/l10n.ts` in a page. */
const CALLS = {
	extension: new RegExp(`\\bl10n\\s*\\.\\s*t${ARGUMENT.source}`, 'g'),
	page: new RegExp(`(?<![\\w.$]|function )t${ARGUMENT.source}`, 'g'),
};

/** Texts in the sources, in the order of their files. @throws Error where a text is no literal */
export function sourceTexts(): readonly string[] {
	const found = (['src/protocol', 'src/vscode', 'webview'] as const).flatMap((folder) => {
		const files = globSync(`${folder}/**/*.ts`, { cwd: root }).sort();
		const place = folder === 'src/vscode' ? 'extension' : 'page';
		return files.flatMap((file) => textsOf(readFileSync(join(root, file), 'utf8'), file, place));
	});
	return [...new Set(found)];
}

/** Texts of one source. @throws Error where a text is put together or computed: VS Code looks up the literal */
export function textsOf(source: string, file: string, place: keyof typeof CALLS = 'extension'): readonly string[] {
	return [...source.matchAll(CALLS[place])].map(({ 1: literal, index }) => {
		if (literal !== undefined) return runInThisContext(literal);
		const line = source.slice(0, index).split('\n').length;
		throw new Error(
			`${file}:${line}: ${place === 'page' ? 't' : 'l10n.t'} takes one literal in quotes, and values for its {0} after it`,
		);
	});
}

/** A file of texts by their keys; the keys of `bundle` are the English texts themselves. */
export function translations(kind: 'manifest' | 'bundle', language: string): Readonly<Record<string, string>> {
	const file = kind === 'manifest' ? `package.nls.${language}.json` : `l10n/bundle.l10n.${language}.json`;
	return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

/** Texts of the manifest in English, by key. */
export function manifestTexts(): Readonly<Record<string, string>> {
	return JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
}

/** Keys of the texts that the manifest refers to, as `%key%`. */
export function manifestKeys(): readonly string[] {
	const keys = readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"%([\w.-]+)%"/g);
	return [...new Set([...keys].map(([, key = '']) => key))];
}

if (import.meta.main) {
	const language = process.argv[2] ?? 'de';
	const known = { ...translations('manifest', language), ...translations('bundle', language) };
	const wanted = { ...manifestTexts(), ...Object.fromEntries(sourceTexts().map((text) => [text, text])) };
	const missing = Object.entries(wanted).filter(([key]) => !(key in known));
	const unused = Object.keys(known).filter((key) => !(key in wanted));
	console.log(JSON.stringify({ language, missing: Object.fromEntries(missing), unused }, undefined, '\t'));
	console.error(`${language}: ${missing.length} missing, ${unused.length} unused`);
	if (missing.length + unused.length > 0) process.exitCode = 1;
}
