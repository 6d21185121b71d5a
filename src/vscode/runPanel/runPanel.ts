import {
	commands,
	type Disposable,
	EventEmitter,
	l10n,
	Uri,
	ViewColumn,
	type WebviewPanel,
	type WebviewView,
	window,
	workspace,
} from 'vscode';
import type { Log } from '../log.ts';
import { EDITOR_TYPE, VIEW_ID } from '../names.ts';
import type { Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import type { PanelSession } from './panelSession.ts';

/** The parts of the extension that the panel needs. */
export interface RunPanelHost {
	readonly extensionUri: Uri;
	readonly runs: Runs;
	readonly log: Log;
}

/**
 * The run panel: a view in VS Code's panel area, and the same page in editor tabs. Registering it is cheap: the
 * page and its session load when it is first shown.
 */
export class RunPanel {
	readonly #host: RunPanelHost;
	readonly #subscriptions: Disposable[] = [];
	readonly #onDidChangeVisibility = new EventEmitter<void>();
	#view: WebviewView | undefined;
	#session: PanelSession | undefined;
	/** The run to show once the view exists. */
	#wanted: Run | undefined;

	constructor(host: RunPanelHost) {
		this.#host = host;
		this.#subscriptions.push(
			window.registerWebviewViewProvider(VIEW_ID, { resolveWebviewView: (view) => this.#resolve(view) }),
			window.registerWebviewPanelSerializer(EDITOR_TYPE, {
				deserializeWebviewPanel: async (panel) => void (await this.#fillEditor(panel, undefined)),
			}),
		);
	}

	/** Fires when the view is shown or hidden. */
	readonly onDidChangeVisibility = this.#onDidChangeVisibility.event;

	/** Whether the view is visible; editor tabs do not count. */
	get isVisible(): boolean {
		return this.#view?.visible ?? false;
	}

	/** Opens the view and shows a run in it. Keeps the focus where it is. */
	async reveal(run: Run): Promise<void> {
		if (this.#session) this.#session.show(run);
		else this.#wanted = run;
		if (this.#view) this.#view.show(true);
		else await commands.executeCommand(`${VIEW_ID}.focus`, { preserveFocus: true });
	}

	/** Opens the view at the start of a run if the settings say so. */
	async revealOnRun(run: Run): Promise<void> {
		if (workspace.getConfiguration('rlm').get<boolean>('panel.openOnRun', true)) await this.reveal(run);
	}

	/** Shows a run in an editor tab, by default the one in the view. */
	async openInEditor(run: Run | undefined = this.#session?.run): Promise<void> {
		const title = run ? l10n.t('RLM: {0}', run.question.slice(0, 40)) : l10n.t('RLM Run');
		const options = this.#pageOptions();
		const panel = window.createWebviewPanel(EDITOR_TYPE, title, ViewColumn.Active, options);
		const session = await this.#fillEditor(panel, run);
		if (!run) session.show(this.#host.runs.underWay()[0]);
	}

	/** Lets the user choose a run and shows it in the view. */
	async pickRun(): Promise<void> {
		const { chooseRun } = await import('./chooseRun.ts');
		const run = await chooseRun(this.#host.runs);
		if (run) await this.reveal(run);
	}

	/** The run that the view shows, else the newest. */
	async currentRun(): Promise<Run | undefined> {
		const { runs } = this.#host;
		const newest = runs.list()[0];
		return this.#session?.run ?? (newest && (await runs.load(newest.id)));
	}

	async export(): Promise<void> {
		const run = await this.currentRun();
		const { exportRun } = await import('./exportRun.ts');
		if (run) await exportRun(run, this.#host.log);
		else void window.showInformationMessage(l10n.t('No question has been asked in this window yet.'));
	}

	dispose(): void {
		this.#session?.dispose();
		this.#onDidChangeVisibility.dispose();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	#pageOptions() {
		return { enableScripts: true, localResourceRoots: [Uri.joinPath(this.#host.extensionUri, 'dist', 'webview')] };
	}

	async #resolve(view: WebviewView): Promise<void> {
		// VS Code makes a new view when it is moved.
		this.#wanted ??= this.#session?.run;
		this.#view = view;
		const session = await this.#openSession(view.webview, 'view', (run) => {
			view.description = run?.contextLabel ?? '';
		});
		this.#session = session;
		view.onDidChangeVisibility(() => {
			if (!view.visible) session.hidden();
			this.#onDidChangeVisibility.fire();
		});
		view.onDidDispose(() => {
			session.dispose();
			if (this.#session === session) {
				this.#wanted = session.run;
				this.#session = undefined;
				this.#view = undefined;
			}
			this.#onDidChangeVisibility.fire();
		});
		this.#onDidChangeVisibility.fire();
		if (this.#wanted) session.show(this.#wanted);
		this.#wanted = undefined;
	}

	async #fillEditor(panel: WebviewPanel, run: Run | undefined): Promise<PanelSession> {
		const icon = (theme: string) => Uri.joinPath(this.#host.extensionUri, 'media', `run-${theme}.svg`);
		panel.iconPath = { light: icon('light'), dark: icon('dark') };
		const session = await this.#openSession(panel.webview, 'editor', (shown) => {
			if (shown) panel.title = l10n.t('RLM: {0}', shown.question.slice(0, 40));
		});
		panel.onDidChangeViewState(() => panel.visible || session.hidden());
		panel.onDidDispose(() => session.dispose());
		if (run) session.show(run);
		return session;
	}

	async #openSession(
		webview: WebviewView['webview'],
		place: 'view' | 'editor',
		onDidShow: (run: Run | undefined) => void,
	): Promise<PanelSession> {
		const [{ PanelSession }, { PanelActions }, { pageHtml, pageOptions }] = await Promise.all([
			import('./panelSession.ts'),
			import('./panelActions.ts'),
			import('../webview/webviewPage.ts'),
		]);
		const { extensionUri, runs, log } = this.#host;
		const actions = new PanelActions(runs, log);
		webview.options = pageOptions(extensionUri);
		const session = new PanelSession(webview, { runs, log, actions, onDidShow, isPinned: place === 'editor' });
		const page = { name: 'panel', title: l10n.t('RLM Run'), place };
		webview.html = pageHtml(webview, extensionUri, page);
		return session;
	}
}
