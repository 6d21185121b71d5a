import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configPlaces, parseConfig, readConfigFile } from '../../../src/cli/configFile.ts';
import { ConfigError, InputError } from '../../../src/core/errors.ts';

let folder: string;

beforeEach(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-config-'));
});

afterEach(async () => {
	await rm(folder, { recursive: true });
});

describe('the configuration file', () => {
	it('may hold comments and a trailing comma', () => {
		expect(parseConfig('c.json', '{ // servers\n"servers": [1, 2,], /* */ }').value).toEqual({ servers: [1, 2] });
	});

	it('is named with line and column when it is not JSON', () => {
		expect(() => parseConfig('c.json', '{\n\t"servers": [\n\t\t{ "id": }\n\t]\n}')).toThrow(
			new ConfigError('c.json:3:11', '', 'not valid JSON: value expected'),
		);
		expect(() => parseConfig('c.json', '')).toThrow('c.json:1:1: not valid JSON');
	});

	it('adds line and column to an error about a field', () => {
		const file = parseConfig(
			'c.json',
			'{\n  "servers": [\n    { "id": "a" },\n    { "id": "b", "kind": "magic" }\n  ]\n}',
		);
		const error = new ConfigError('c.json', 'servers[1].kind', 'it must be one of …', 'A hint.');
		const located = file.locate(error);
		expect(located.message).toBe('c.json:4:26: servers[1].kind: it must be one of …');
		expect(located.hint).toBe('A hint.');
	});

	it('points to the parent of a field that is missing', () => {
		const file = parseConfig('c.json', '{\n  "servers": [\n    { "id": "a" }\n  ]\n}');
		expect(file.locate(new ConfigError('c.json', 'servers[0].url', 'it is missing')).where).toBe('c.json:3:5');
		expect(file.locate(new ConfigError('c.json', '', 'it must be an object')).where).toBe('c.json:1:1');
	});

	it('is the one that is named, else the one of the folder, else the one of the user', async () => {
		const env = { XDG_CONFIG_HOME: path.join(folder, 'home'), APPDATA: path.join(folder, 'home') };
		const read = (named?: string) => readConfigFile(named, folder, env)?.value;
		expect(read()).toBeUndefined();
		const { folder: here, user: users } = configPlaces(folder, env);
		await mkdir(path.dirname(users), { recursive: true });
		await writeFile(users, '"user"');
		expect(read()).toBe('user');
		await writeFile(here, '"folder"');
		expect(read()).toBe('folder');
		await writeFile(path.join(folder, 'named.json'), '"named"');
		expect(read('named.json')).toBe('named');
	});

	it("says who has chosen it, and takes no file of the folder for the user's own", async () => {
		const env = { XDG_CONFIG_HOME: 'sub', APPDATA: 'sub' };
		expect(configPlaces(folder, env).user).not.toContain('sub');
		await writeFile(path.join(folder, 'rlm.config.json'), '{}');
		expect(readConfigFile(undefined, folder, env)).toMatchObject({ origin: 'folder', text: '{}' });
		expect(readConfigFile('rlm.config.json', folder, env)?.origin).toBe('named');
	});

	it('is not read where a link of the folder leads to something endless, or is a folder', async () => {
		const place = path.join(folder, 'rlm.config.json');
		await symlink('/dev/zero', place);
		expect(() => readConfigFile(undefined, folder, {})).toThrow(ConfigError);
		await rm(place);
		await mkdir(place);
		expect(() => readConfigFile(undefined, folder, {})).toThrow(/cannot be read/);
	});

	it('names near files when the one that is named is not there', async () => {
		await writeFile(path.join(folder, 'settings.json'), '{}');
		const missing = path.join(folder, 'setings.json');
		const error = (() => {
			try {
				readConfigFile(missing, folder, {});
			} catch (thrown) {
				return thrown;
			}
			return undefined;
		})();
		expect(error).toBeInstanceOf(InputError);
		expect(error).toMatchObject({
			message: `there is no file ${missing}`,
			hint: expect.stringContaining('settings.json'),
		});
	});
});
