// Finds a Chromium-based browser for the tests in a real VS Code window, or installs Debian's when we may.
// Plain JavaScript: it also runs on Node 20.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const PLACES = [
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
	'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Path of a browser: the one that RLM_CHROME names, else one of the usual names on PATH; undefined when there is none. */
export function findChromium() {
	if (process.env.RLM_CHROME) return process.env.RLM_CHROME;
	const folders = (process.env.PATH ?? '').split(delimiter);
	return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES].find(isExecutable);
}

/** Path of a browser, installed first when there is none. Throws one sentence that says what to do when that cannot be. */
export function ensureChromium() {
	const found = findChromium();
	if (found) return found;
	const advice = 'No Chromium was found: install chromium or Google Chrome, or name one in RLM_CHROME.';
	if (process.platform !== 'linux' || process.getuid() !== 0) throw new Error(advice);
	console.error('setup: Debian package chromium');
	const options = {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
	};
	for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']]) {
		if (spawnSync('apt-get', ['-q', ...args], options).status !== 0)
			throw new Error(`apt-get ${args[0]} failed. ${advice}`);
	}
	const installed = findChromium();
	if (!installed) throw new Error(advice);
	return installed;
}

function isExecutable(file) {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(ensureChromium());
