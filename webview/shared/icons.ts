import { html, type TemplateResult } from 'lit';

/** Characters of VS Code's icon font, by name. */
const CODICONS = {
	add: '\uea60',
	check: '\ueab2',
	'chevron-down': '\ueab4',
	'chevron-right': '\ueab6',
	'circle-slash': '\ueabd',
	close: '\uea76',
	code: '\ueac4',
	copy: '\uebcc',
	'debug-stop': '\uead7',
	error: '\uea87',
	export: '\uebac',
	eye: '\uea70',
	file: '\uea7b',
	files: '\ueaf0',
	folder: '\uea83',
	'git-compare': '\ueafd',
	insert: '\uec11',
	'list-selection': '\ueb85',
	'root-folder': '\ueb46',
	send: '\uec0f',
	'arrow-down': '\uea9a',
	flag: '\uec3f',
	'go-to-file': '\uea94',
	'graph-line': '\uebe2',
	history: '\uea82',
	lightbulb: '\uea61',
	'link-external': '\ueb14',
	'list-tree': '\ueb86',
	loading: '\ueb19',
	refresh: '\ueb37',
	search: '\uea6d',
	table: '\uebb7',
	warning: '\uea6c',
	'zoom-in': '\ueb81',
	'zoom-out': '\ueb82',
} as const;

export type IconName = keyof typeof CODICONS;

/** Draws an icon of VS Code's set, as decoration: words beside it give its meaning. */
export function icon(name: IconName, extraClass = ''): TemplateResult {
	return html`<span class="icon ${extraClass}" aria-hidden="true">${CODICONS[name]}</span>`;
}
