import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Theme to the class of a page that tells that it is on. */
export const THEMES: Readonly<Record<string, string>> = {
	'Default Dark Modern': 'vscode-dark',
	'Default Light Modern': 'vscode-light',
	'Default High Contrast': 'vscode-high-contrast',
	'Default High Contrast Light': 'vscode-high-contrast-light',
};

interface Violation {
	readonly id: string;
	readonly impact: string;
	readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds on a page that matters: serious and critical. */
export async function violations(body: Locator): Promise<string[]> {
	const frame = await (await body.elementHandle())?.ownerFrame();
	assert.ok(frame);
	await frame.evaluate(AXE);
	const found = await frame.evaluate<Violation[]>('axe.run(document).then(({ violations }) => violations)');
	return found
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, nodes }) =>
			nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
		);
}
