import { join } from 'node:path';
import { type Browser, chromium, type FrameLocator, type Locator, type Page, selectors } from 'playwright-core';
import { present } from '../../../src/core/present.ts';
import { RESET_KEY, type Server } from './server.ts';

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;
const PALETTE_ATTEMPTS = 5;
const WINDOW_ATTEMPTS = 3;

/** What a window shows and loads. */
export interface WindowOptions {
	/** Absolute path of a folder or of a `.code-workspace` file; absent: an empty window. */
	readonly open?: string;
	/** Folder of the extension in development. */
	readonly extension?: string | undefined;
	/** `reduce` spares the drawing of every step of an animation. */
	readonly reducedMotion?: 'reduce';
	/** Module whose `run()` is the test run inside the extension host. */
	readonly tests?: string;
	/** Language that extensions see, as `de`. VS Code's own texts stay English: they would need its language pack. */
	readonly language?: string | undefined;
	/** Told the exit code of such a test run. */
	readonly onExit?: (code: number) => void;
}

/** Starts the browser in which the workbench runs. */
export async function launchBrowser(executablePath: string): Promise<Browser> {
	await selectors.register('webview-titled', webviewEngine);
	return chromium.launch({
		executablePath,
		headless: true,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-dev-shm-usage',
		],
	});
}

/**
 * Finds the frames of webviews by the titles of their documents, in any of the languages given with `|` between them:
 * nothing else tells an extension's views apart.
 */
const webviewEngine = `(() => {
	const all = (root, titles) => [...root.querySelectorAll('iframe.webview.ready')].filter((frame) => {
		const page = frame.contentDocument?.querySelector('iframe#active-frame')?.contentDocument;
		return titles.split('|').includes(page?.title);
	});
	return { query: (root, title) => all(root, title)[0], queryAll: all };
})()`;

/** Opens a VS Code window and waits until its frame is drawn. */
export async function openWindow(browser: Browser, server: Server, options: WindowOptions): Promise<Workbench> {
	// A profile of its own. Windows that shared one went on working in the background after they were closed.
	const context = await browser.newContext(
		present({ viewport: { width: 1280, height: 800 }, reducedMotion: options.reducedMotion }),
	);
	const page = await context.newPage();
	page.setDefaultTimeout(STEP_TIMEOUT_MS);
	if (options.onExit) await page.exposeFunction('codeAutomationExit', options.onExit);
	if (options.extension || options.tests) await page.addInitScript(developmentScript(server, options));
	if (options.language) await page.addInitScript(languageScript(options.language));
	const payload = JSON.stringify([
		['skipWelcome', 'true'],
		['skipReleaseNotes', 'true'],
	]);
	const query = new URLSearchParams({ payload });
	if (options.open) query.set(options.open.endsWith('.code-workspace') ? 'workspace' : 'folder', options.open);
	else query.set('ew', 'true');
	await page.goto(`http://${server.authority}/?${query}`, { timeout: START_TIMEOUT_MS });
	await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_TIMEOUT_MS });
	if (options.open?.endsWith('.code-workspace')) await untilFoldersShow(page);
	return new Workbench(page);
}

/** A window in the browser may read a workspace file before its connection stands, and then has no folders: load again. */
async function untilFoldersShow(page: Page): Promise<void> {
	const row = page.locator('.explorer-folders-view .monaco-list-row').first();
	for (let attempt = 1; attempt < WINDOW_ATTEMPTS; attempt++) {
		try {
			return await row.waitFor({ timeout: 10_000 });
		} catch {
			await page.reload();
		}
	}
	await row.waitFor({ timeout: START_TIMEOUT_MS });
}

/**
 * Puts the extension under development into the page's own configuration before the workbench reads it. (Answering the
 * page from here instead would make Chromium's local network check refuse the workbench's WebSocket.)
 */
function developmentScript(server: Server, options: WindowOptions): string {
	const uri = (path: string) => ({ $mid: 1, scheme: 'vscode-remote', authority: server.authority, path });
	const development = present({
		extensions: options.extension ? [uri(options.extension)] : undefined,
		extensionTestsPath: options.tests ? uri(options.tests) : undefined,
	});
	return `
		if (window.top === window) new MutationObserver((_, observer) => {
			const meta = document.getElementById('vscode-workbench-web-configuration');
			if (!meta) return;
			observer.disconnect();
			const settings = JSON.parse(meta.getAttribute('data-settings'));
			settings.developmentOptions = { ...settings.developmentOptions, ...${JSON.stringify(development)} };
			meta.setAttribute('data-settings', JSON.stringify(settings));
		}).observe(document, { childList: true, subtree: true });`;
}

/** Claims a language before VS Code's English texts do: from it the workbench finds translations of extensions. */
function languageScript(language: string): string {
	const descriptor = `{ get: () => ${JSON.stringify(language)}, set() {} }`;
	return `Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', ${descriptor});`;
}

/** A VS Code window, used as a person does. All knowledge of the workbench's markup is in this class. */
export class Workbench {
	readonly page: Page;

	constructor(page: Page) {
		this.page = page;
	}

	/** The palette, an input box or a list of choices; only while it is open. */
	get quickInput(): Locator {
		return this.page.locator('.quick-input-widget:not([inert])');
	}

	/** The notification toasts whose text contains this. */
	notification(text: string | RegExp): Locator {
		return this.page.locator('.notifications-toasts .notification-toast', { hasText: text }).first();
	}

	/** Contents of the newest rendered Markdown document. */
	get preview(): FrameLocator {
		return this.#webview('[src*="extensionId=vscode.markdown-language-features"]');
	}

	/** The run panel: the view, or an editor tab while the view is closed. */
	get panel(): FrameLocator {
		return this.#page('RLM Run|RLM-Lauf');
	}

	/** The chat. */
	get chat(): FrameLocator {
		return this.#page('RLM Chat|RLM-Chat');
	}

	#page(titles: string): FrameLocator {
		return this.#inner(this.page.locator(`webview-titled=${titles}`));
	}

	#webview(kind: string): FrameLocator {
		return this.#inner(this.page.locator(`iframe.webview.ready${kind}`));
	}

	/** The document in the last of these frames that is in sight. */
	#inner(frames: Locator): FrameLocator {
		return frames.filter({ visible: true }).last().contentFrame().frameLocator('iframe#active-frame');
	}

	tab(name: string | RegExp): Locator {
		return this.page.getByRole('tab', { name });
	}

	/** Text of the active editor's visible lines. */
	async editorText(): Promise<string> {
		const text = await this.page.locator('.editor-group-container.active .view-lines').textContent();
		return (text ?? '').replaceAll('\u00a0', ' ');
	}

	/** `Ln 12, Col 1` and so on, as the status bar says. */
	get cursorPosition(): Locator {
		return this.page.locator('[id="status.editor.selection"]');
	}

	/** Runs a command by its title. Retried, because an editor that takes the focus while it opens closes the palette. */
	async runCommand(title: string, keepsOpen = false): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				await this.page.keyboard.press('F1');
				await this.quickInput.waitFor({ timeout: 3_000 });
				await this.quickInput.locator('input').first().fill(`>${title}`, { timeout: 3_000 });
				await this.quickInput.locator('.monaco-list-row.focused', { hasText: title }).waitFor({ timeout: 5_000 });
				await this.page.keyboard.press('Enter');
				break;
			} catch (error) {
				if (attempt === PALETTE_ATTEMPTS) throw error;
				// Elsewhere Escape would close what the test is about.
				if (await this.quickInput.isVisible()) await this.page.keyboard.press('Escape');
			}
		}
		if (!keepsOpen) await this.quickInput.waitFor({ state: 'hidden' });
	}

	/** Answers an open input box. */
	async answerInput(text: string): Promise<void> {
		await this.quickInput.locator('input').first().fill(text);
		await this.page.keyboard.press('Enter');
	}

	/** Opens a file of the workspace's first folder from the explorer. */
	async openFile(name: string): Promise<void> {
		await this.page.locator('.explorer-folders-view').getByRole('treeitem', { name }).dblclick();
		await this.page.locator('.editor-group-container.active .monaco-editor.focused').waitFor();
		await this.tab(name).waitFor();
	}

	/** Opens a new unsaved buffer; only in a window where nothing is open. */
	async newBuffer(text: string): Promise<void> {
		await this.page.locator('.editor-group-container.empty').dblclick();
		await this.page.locator('.monaco-editor.focused').waitFor();
		await this.page.keyboard.type(text);
	}

	/** Reloads the window, and waits until it is drawn again. */
	async reload(): Promise<void> {
		await this.page.reload();
		await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_TIMEOUT_MS });
		await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: START_TIMEOUT_MS });
	}

	/** Closes what is open, without keeping changes. */
	async reset(): Promise<void> {
		const { keyboard } = this.page;
		await keyboard.press('Escape');
		await keyboard.press(RESET_KEY);
		const discard = this.page.getByRole('button', { name: /Don.t Save/ });
		const empty = this.page.locator('.editor-group-container.empty').first();
		await empty.or(discard).first().waitFor();
		if (!(await discard.isVisible())) return;
		await discard.click();
		await empty.waitFor();
	}

	/** Takes a picture once the animations are over. */
	async screenshot(folder: string, name: string): Promise<void> {
		await this.page.waitForTimeout(400);
		await this.page.screenshot({ path: join(folder, `${name}.png`) });
	}

	async close(): Promise<void> {
		await this.page.context().close();
	}
}
