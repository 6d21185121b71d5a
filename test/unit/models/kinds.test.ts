// A new kind is a row of the table: whatever else has to know it is made from the table, or is found missing here.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestTexts } from '../../../scripts/l10n.ts';
import { detectServer } from '../../../src/models/detect.ts';
import { TokenEstimator } from '../../../src/models/estimate.ts';
import {
	guessKind,
	kindOf,
	SERVER_KINDS,
	SERVICES,
	SOFTWARE,
	serviceAt,
	softwareName,
} from '../../../src/models/kinds.ts';
import { createProvider } from '../../../src/pool/providers.ts';
import { serverUrl } from '../../../src/settings/servers.ts';
import { parseSettings } from '../../../src/settings/settings.ts';

const root = path.join(import.meta.dirname, '../../..');
const never = new AbortController().signal;

/** What users read about servers. */
function documentation(): string {
	const docs = readdirSync(path.join(root, 'docs')).filter((file) => file.endsWith('.md'));
	return ['README.md', ...docs.map((file) => `docs/${file}`)]
		.map((file) => readFileSync(path.join(root, file), 'utf8'))
		.join('\n');
}

describe.each(SERVER_KINDS)('the kind %s', (id) => {
	const kind = kindOf(id);
	const server = { id: 'a', kind: id };

	it('has an address exactly when it is a server, and is accepted by the settings', () => {
		expect(kind.url === undefined).toBe(kind.place !== 'server');
		expect(URL.canParse(serverUrl(server))).toBe(kind.place === 'server');
		expect(parseSettings({ servers: [server] }, 'test').servers).toEqual([server]);
	});

	it('makes its provider, or says who does', async () => {
		const made = createProvider(server, undefined, new TokenEstimator());
		if (kind.place === 'editor') return expect(made).rejects.toThrow(/works only inside VS Code/);
		const provider = await made;
		expect(provider.chat).toBeTypeOf('function');
		provider.dispose?.();
	});

	it('is described in the settings editor and in the documentation', () => {
		expect(manifestTexts()).toHaveProperty([`settings.server.kind.${id}`]);
		expect(documentation()).toContain(`\`${id}\``);
	});

	it('is detected by its answers when it is a server', () => {
		const signs = [kind.softwareOfList, ...kind.services, ...kind.software.map(({ page, header }) => page ?? header)];
		expect(signs.some((sign) => sign !== undefined)).toBe(kind.place === 'server');
	});

	it.each(kind.services)('has the service $name, which is known by its host', async (service) => {
		for (const domain of service.domains) {
			expect(serviceAt(`https://api.${domain}/x`)).toMatchObject({ ...service, kind: id });
			expect(serviceAt(`https://not-${domain}`)).toBeUndefined();
		}
		if (service.url === undefined) return;
		expect(guessKind(new URL(service.url))).toBe(id);
		const found = await detectServer(service.url, never);
		expect(found).toEqual({ software: service.id, wire: id, url: service.url, needsKey: true, isLoading: false });
	});

	it.each(kind.software)('has the software $name', ({ id: software, name, port }) => {
		expect(softwareName(software)).toBe(name);
		if (port !== undefined) expect(guessKind(new URL(`http://gpu:${port}`))).toBe(id);
	});
});

it.each([
	['http://gpu:9999/api/chat', 'ollama'],
	['http://gpu:11434/v1/chat/completions', 'openai'],
	['https://gateway.example/v1/messages', 'anthropic'],
	['https://gateway.example/llm/v1/responses/', 'openai'],
])('takes the address of a request for its kind: %s', (address, kind) => {
	expect(guessKind(new URL(address))).toBe(kind);
});

it('no port, software or service belongs to two kinds', () => {
	const ports = SOFTWARE.flatMap(({ port }) => (port === undefined ? [] : String(port)));
	const domains = SERVICES.flatMap((service) => service.domains);
	for (const list of [ports, SOFTWARE.map(({ id }) => id), domains]) expect(new Set(list).size).toBe(list.length);
});
