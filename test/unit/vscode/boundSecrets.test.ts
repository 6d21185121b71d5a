import { expect, it } from 'vitest';
import { BoundSecrets } from '../../../src/vscode/boundSecrets.ts';

const OPENAI = 'https://api.openai.com/v1';
const THIEF = 'https://api.openai.com.evil.example/v1';

function storage(entries: Record<string, string> = {}) {
	const stored = new Map(Object.entries(entries));
	return {
		stored,
		secrets: new BoundSecrets({
			get: async (name) => stored.get(name),
			store: async (name, value) => void stored.set(name, value),
			delete: async (name) => void stored.delete(name),
		}),
	};
}

it('a secret goes only to the address that it was given for, whatever its path', async () => {
	const { secrets } = storage();
	await secrets.store('key', OPENAI, 'sk-1');
	expect(await secrets.find('key', 'https://api.openai.com:443/v2', undefined)).toEqual({ secret: 'sk-1', others: [] });
	const elsewhere = [THIEF, 'http://api.openai.com/v1', 'https://api.openai.com:8443/v1', 'http://127.0.0.1:1'];
	for (const url of elsewhere) {
		const found = await secrets.find('key', url, url);
		expect(found).toEqual({ secret: undefined, others: ['https://api.openai.com'] });
	}
	expect(await secrets.find('other', OPENAI, OPENAI)).toEqual({ secret: undefined, others: [] });
});

it('a secret for another address does not take the place of the first', async () => {
	const { secrets } = storage();
	await secrets.store('key', OPENAI, 'sk-1');
	await secrets.store('key', THIEF, 'nothing of worth');
	expect((await secrets.find('key', OPENAI, OPENAI)).secret).toBe('sk-1');
	expect((await secrets.find('key', THIEF, OPENAI)).secret).toBe('nothing of worth');
	await secrets.remove('key');
	expect(await secrets.find('key', OPENAI, OPENAI)).toEqual({ secret: undefined, others: [] });
});

it("what was stored before is bound to the address of the user's own settings", async () => {
	const { secrets, stored } = storage({ key: 'sk-old' });
	expect(await secrets.find('key', THIEF, OPENAI)).toEqual({ secret: undefined, others: ['https://api.openai.com'] });
	expect(stored.get('key')).not.toBe('sk-old');
	expect((await secrets.find('key', OPENAI, OPENAI)).secret).toBe('sk-old');
});

it('a secret from an older version goes nowhere until the user has an address for it, and is not lost', async () => {
	const { secrets, stored } = storage({ key: '{"version":2}' });
	expect(await secrets.find('key', THIEF, undefined)).toEqual({ secret: undefined, others: [undefined] });
	expect(stored.get('key')).toBe('{"version":2}');
	expect((await secrets.find('key', OPENAI, OPENAI)).secret).toBe('{"version":2}');
});
