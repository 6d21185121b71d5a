// Writes the settings of the editor into package.json, from the schema that the engine validates with.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../src/core/present.ts';
import { kindOf, SERVER_KINDS } from '../src/models/kinds.ts';
import { EDITOR_SETTINGS, type EditorSetting, editorOnlySchema, isEditorOnly } from '../src/settings/editorSettings.ts';
import { jsonSchemaOf } from '../src/settings/jsonSchemaOf.ts';
import { settingsSchema } from '../src/settings/settings.ts';

/** The parts of a JSON schema that are looked at. */
interface Node {
	readonly [keyword: string]: unknown;
	readonly type?: unknown;
	readonly enum?: readonly string[];
	readonly pattern?: string;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly items?: Node;
	readonly additionalProperties?: Node | false;
}

/** What stands in package.json at `contributes.configuration` and at `restrictedConfigurations`. */
export interface Contribution {
	readonly configuration: { readonly title: string; readonly properties: Readonly<Record<string, Node>> };
	readonly restricted: readonly string[];
}

/** Fields that are described under another name than that of their path, because several settings have them. */
const KEYS: Readonly<Record<string, string>> = {
	'settings.servers[]': 'settings.server',
	'settings.server.price': 'settings.price',
	'settings.prices.*': 'settings.price',
};

/** The settings as package.json describes them to VS Code. */
export function contribution(): Contribution {
	const properties = EDITOR_SETTINGS.map((setting, index) => [`rlm.${setting.path}`, property(setting, index + 1)]);
	const restricted = EDITOR_SETTINGS.filter(({ isRestricted }) => isRestricted).map(({ path }) => `rlm.${path}`);
	return { configuration: { title: 'RLM', properties: Object.fromEntries(properties) }, restricted };
}

function property({ path, scope, default: value, examples }: EditorSetting, order: number): Node {
	const key = `settings.${path}`;
	const schema = jsonSchemaOf(isEditorOnly(path) ? editorOnlySchema : settingsSchema, 'draft-07');
	const described = { markdownDescription: `%${key}%`, ...withEmpty(explained(at(schema, path), key), value, key) };
	return present({ order, scope, ...described, default: value, examples });
}

function at(schema: Node, path: string): Node {
	return path.split('.').reduce((node, name) => {
		const inner = node.properties?.[name];
		if (inner) return inner;
		throw new Error(`the schema has no setting "${path}"`);
	}, schema);
}

/** The editor has no way to leave a setting out: an empty text or `null` stands for that. */
function withEmpty({ minLength, ...node }: Node, value: unknown, key: string): Node {
	if (value === null) return { ...node, type: [node.type, 'null'] };
	if (value !== '') return minLength === undefined ? node : { ...node, minLength };
	return { ...node, pattern: `^$|${node.pattern}`, patternErrorMessage: `%${key}.error%` };
}

/** With the keys of the texts that describe its fields and choices. */
function explained(node: Node, key: string): Node {
	const name = KEYS[key] ?? key;
	const { properties, items, additionalProperties } = node;
	return present({
		...node,
		markdownEnumDescriptions: node.enum?.map((choice) => `%${name}.${choice}%`),
		properties: properties && mapEntries(properties, (field, inner) => describedField(inner, `${name}.${field}`)),
		items: items && explainedItems(items, `${name}[]`),
		additionalProperties: additionalProperties && explainedItems(additionalProperties, `${name}.*`),
	});
}

function describedField(node: Node, key: string): Node {
	return { markdownDescription: `%${key}%`, ...explained(node, key) };
}

/** The values of a list or a map: only objects have fields to describe. */
function explainedItems(node: Node, key: string): Node {
	if (!node.properties) return node;
	const defaultSnippets = key === 'settings.servers[]' ? serverSnippets() : undefined;
	return present({ ...explained(node, key), defaultSnippets });
}

/** Servers to start from, one for each kind that has an example. */
function serverSnippets(): readonly object[] {
	return SERVER_KINDS.flatMap((kind) => {
		const { example, services } = kindOf(kind);
		if (!example) return [];
		const { label, url } = example;
		let count = 0;
		const place = (value: string) => `\${${++count}:${value}}`;
		const key = url === undefined ? services[0]?.keyVariable : undefined;
		const body = {
			id: place(example.id),
			kind,
			url: url && place(url),
			models: [place(example.model)],
			apiKeyEnv: key && place(key),
		};
		return [{ label, description: `%settings.snippet.${kind}%`, body: present(body) }];
	});
}

function mapEntries<T, U>(entries: Readonly<Record<string, T>>, map: (name: string, value: T) => U): Record<string, U> {
	return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, map(name, value)]));
}

if (import.meta.main) {
	const file = join(import.meta.dirname, '..', 'package.json');
	const manifest = JSON.parse(readFileSync(file, 'utf8'));
	const { configuration, restricted } = contribution();
	manifest.contributes.configuration = configuration;
	manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = restricted;
	writeFileSync(file, `${JSON.stringify(manifest, undefined, '\t')}\n`);
}
