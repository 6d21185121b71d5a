// Every text of the editor is translated: English is in the sources, German proves that nothing is left out.
import { describe, expect, it } from 'vitest';
import { manifestKeys, manifestTexts, sourceTexts, textsOf, translations } from '../../scripts/l10n.ts';

const LANGUAGES = ['de'];
const placeholders = (text: string) => (text.match(/\{\d+\}/g) ?? []).sort();
/** What a translation keeps as it is: icons, links, code, names of settings. */
const fixed = (text: string) =>
	(text.match(/\$\([\w~-]+\)|\]\((?:command|http)[^)]*\)|`[^`]*`|\brlm\.\w+(?:\.\w+)*/g) ?? []).sort();
/** Titles of commands in bold, as the command palette shows them. */
const commands = (text: string) => [...text.matchAll(/\*\*RLM: ([^*]+)\*\*/g)].map(([, title = '']) => title);

describe('texts in a source', () => {
	it('are found on one line and on several, in either kind of quotes', () => {
		const source = `l10n.t('It\\'s \\u201c{0}\\u201d', name); l10n.t(\n\t"Don't",\n); vscode.l10n.t('a') + l10n.t('a\\n')`;
		expect(textsOf(source, 'file.ts')).toEqual(["It's “{0}”", "Don't", 'a', 'a\n']);
	});

	it('are found in a page by the short name of the function, which other names only end with', () => {
		const source = `html\`\${t('a')} \${short ? t(\n'b {0}', 1) : ''}\`; at(1); list.t(2); set('c'); $t('d')`;
		expect(textsOf(source, 'page.ts', 'page')).toEqual(['a', 'b {0}']);
		expect(() => textsOf('t(name)', 'page.ts', 'page')).toThrow('page.ts:1: t takes one literal');
	});

	it.each(['name', "'one' + 'two'", '`text`', "short ? 'one' : 'two'"])('are literals, not %s', (argument) => {
		expect(() => textsOf(`\nl10n.t(${argument})`, 'file.ts')).toThrow('file.ts:2: l10n.t takes one literal');
	});
});

it('texts of the manifest are all there, and all used', () => {
	expect(Object.keys(manifestTexts()).sort()).toEqual([...manifestKeys()].sort());
});

describe.each(LANGUAGES)('the translation to %s', (language) => {
	const bundle = translations('bundle', language);
	const manifest = translations('manifest', language);
	const pairs = [
		...Object.entries(bundle),
		...Object.entries(manifestTexts()).map(([key, text]) => [text, manifest[key] ?? ''] as const),
	];

	it('has every text of the sources, and no other', () => {
		expect(Object.keys(bundle).sort()).toEqual([...sourceTexts()].sort());
	});

	it('has every text of the manifest, and no other', () => {
		expect(Object.keys(manifest).sort()).toEqual(Object.keys(manifestTexts()).sort());
	});

	it('keeps placeholders, icons, links, code and names of settings', () => {
		for (const [english, translated] of pairs) {
			expect(placeholders(translated), english).toEqual(placeholders(english));
			expect(fixed(translated), english).toEqual(fixed(english));
			expect(translated.trim(), english).not.toBe('');
		}
	});

	it('calls commands what the command palette calls them', () => {
		const titles = Object.entries(manifestTexts()).filter(([key]) => key.startsWith('command.'));
		const translatedTitles = new Map(titles.map(([key, title]) => [title, manifest[key]]));
		for (const [english, translated] of pairs) {
			expect(commands(translated), english).toEqual(commands(english).map((title) => translatedTitles.get(title)));
		}
	});
});
