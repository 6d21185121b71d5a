import * as v from 'valibot';
import { type Disposable, l10n, type Webview } from 'vscode';
import { explain } from '../../core/errors.ts';
import { type FromPanel, fromPanelSchema, type ShownRun, type ToPanel } from '../../protocol/panel.ts';
import type { Log } from '../log.ts';
import type { LogSlice } from '../runs/eventLog.ts';
import { isUnderWay, type Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import type { PanelActions } from './panelActions.ts';

/** Events sent at a time, which the page folds and draws within a frame. */
const SLICE = { events: 500, characters: 200_000 } as const;

/** The parts of the extension that a session needs. */
export interface PanelHost {
	readonly runs: Runs;
	readonly log: Log;
	readonly actions: PanelActions;
	/** Whether to stay with its run when another one begins. */
	readonly isPinned: boolean;
	/** Called with the run that is shown. */
	readonly onDidShow: (run: Run | undefined) => void;
}

/**
 * A page and the run that it shows. All state is here and in the runs: a page that was hidden or reloaded gets
 * everything again. Sends events slice by slice, each after the page has folded the last.
 */
export class PanelSession {
	readonly #webview: Webview;
	readonly #host: PanelHost;
	readonly #subscriptions: Disposable[];
	#run: Run | undefined;
	/** Whether the page is loaded. */
	#isReady = false;
	/** Position in the log behind the last event sent. */
	#sent = 0;
	/** Whether the page is still folding the last slice. */
	#isFolding = false;
	/** Ends a search or a fetch when a newer one replaces it. */
	readonly #requests = new Map<'search' | 'texts', AbortController>();
	#isDisposed = false;

	constructor(webview: Webview, host: PanelHost) {
		this.#webview = webview;
		this.#host = host;
		const { runs } = host;
		const ifShown = (run: Run) => run === this.#run && this.#sendChange();
		this.#subscriptions = [
			webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
			runs.onDidStart((run) => this.#started(run)),
			runs.onDidChange(ifShown),
			runs.onEvents(({ run }) => run === this.#run && this.#sendEvents()),
			runs.onDidForget((id) => id === this.#run?.id && void this.#forgotten()),
			runs.onDidEnd((run) => {
				if (run === this.#run) this.#sendEvents();
				ifShown(run);
			}),
		];
	}

	get run(): Run | undefined {
		return this.#run;
	}

	/** Shows a run from its beginning. */
	show(run: Run | undefined): void {
		this.#run = run;
		this.#host.onDidShow(run);
		if (this.#isReady) this.#sendRun();
	}

	/** Notes that VS Code has discarded the hidden page. */
	hidden(): void {
		this.#isReady = false;
	}

	dispose(): void {
		this.#isDisposed = true;
		for (const request of this.#requests.values()) request.abort();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	/** Shows a new run, unless one that is shown is under way. */
	#started(run: Run): void {
		if (!this.#run || (!this.#host.isPinned && !isUnderWay(this.#run.state))) this.show(run);
		else this.#sendChange();
	}

	#sendRun(): void {
		this.#sent = 0;
		this.#isFolding = false;
		this.#post({ type: 'show', run: this.#run && shown(this.#run), isOnlyRun: this.#isOnlyRun });
		this.#sendEvents();
	}

	#sendChange(): void {
		if (this.#run && this.#isReady) {
			this.#post({ type: 'changed', run: shown(this.#run), isOnlyRun: this.#isOnlyRun });
		}
	}

	get #isOnlyRun(): boolean {
		return this.#host.runs.list().length < 2;
	}

	#sendEvents(): void {
		const run = this.#run;
		if (!run || !this.#isReady || this.#isFolding) return;
		const { events, next }: LogSlice = run.log.slice(this.#sent, SLICE);
		this.#sent = next;
		if (events.length === 0) return;
		this.#isFolding = true;
		this.#post({ type: 'events', runId: run.id, events, next });
	}

	#post(message: ToPanel): void {
		if (!this.#isDisposed) void this.#webview.postMessage(message);
	}

	async #receive(message: unknown): Promise<void> {
		const parsed = v.safeParse(fromPanelSchema, message);
		if (!parsed.success) {
			this.#host.log.error(l10n.t('The panel sent an unknown message'), parsed.issues[0].message);
			return;
		}
		try {
			await this.#handle(parsed.output);
		} catch (error) {
			this.#host.log.error(l10n.t('An action of the panel failed'), error);
			this.#host.actions.showError(error);
		}
	}

	async #handle(message: FromPanel): Promise<void> {
		const { actions, log } = this.#host;
		switch (message.type) {
			case 'ready':
				return this.#ready(message.runId);
			case 'folded':
				return this.#folded(message.runId, message.next);
			case 'query':
				return actions.query(message.action);
			case 'broken':
				return log.error(l10n.t('The panel failed'), message.message);
			case 'search':
			case 'texts':
				return this.#answer(message);
		}
		const run = this.#run;
		if (run?.id !== message.runId) return; // the run changed before the click arrived
		switch (message.type) {
			case 'act':
				return message.action === 'pick-run' ? this.#pick() : actions.act(message.action, run);
			case 'copy-part':
				return actions.copyPart(run, message);
			case 'open-part':
				return actions.openPart(run, message);
			case 'open-place':
				return actions.openPlace(run, message);
		}
	}

	/** Chooses the first run of a page: the one it showed before, else one under way or interrupted by a reload. */
	async #ready(keptId: string | undefined): Promise<void> {
		const { runs, isPinned } = this.#host;
		const latest = runs.list()[0];
		const isKeptFirst = isPinned || latest?.state !== 'interrupted';
		const ids = isKeptFirst ? [keptId, latest?.id] : [latest?.id, keptId];
		let run = this.#run ?? (isPinned ? undefined : runs.underWay()[0]);
		for (const id of ids) run ??= id === undefined ? undefined : await this.#load(id);
		this.#isReady = true;
		this.show(run);
	}

	/** Shows another run in place of a deleted one. */
	async #forgotten(): Promise<void> {
		this.#run = undefined;
		if (this.#isReady) await this.#ready(undefined);
		else this.#host.onDidShow(undefined);
	}

	/** Loads a remembered run; undefined when its journal is gone. */
	async #load(id: string): Promise<Run | undefined> {
		try {
			return await this.#host.runs.load(id);
		} catch (error) {
			this.#host.log.error(l10n.t('Run {0} could not be read from its journal', id), error);
			return undefined;
		}
	}

	#folded(runId: string, next: number): void {
		if (runId !== this.#run?.id || next !== this.#sent) return;
		this.#isFolding = false;
		this.#sendEvents();
	}

	async #pick(): Promise<void> {
		const run = await this.#host.actions.pickRun();
		if (run && !this.#isDisposed) this.show(run);
	}

	/** Answers a search or a request for texts. A newer one of its kind ends it. */
	async #answer(message: Extract<FromPanel, { type: 'search' | 'texts' }>): Promise<void> {
		const { type, request } = message;
		this.#requests.get(type)?.abort();
		const abort = new AbortController();
		this.#requests.set(type, abort);
		const run = this.#run;
		if (run?.id !== message.runId) return;
		try {
			const { search, nodeTexts } = await import('./nodeTexts.ts');
			if (message.type === 'texts') {
				const texts = await nodeTexts(run, message.nodeId, abort.signal);
				this.#post({ type: 'texts', request, texts });
			} else this.#post({ type: 'found', request, ...(await search(run, message.text, abort.signal)) });
		} catch (error) {
			if (!abort.signal.aborted) this.#post({ type: 'failed', request, message: explain(error).message });
		}
	}
}

/** Describes a run to the page. */
function shown(run: Run): ShownRun {
	const { id, question, contextLabel, state, startedAt, endedAt, progress, error, journal } = run;
	const problem = error ? [error.message, error.hint].filter(Boolean).join(' ') : '';
	return {
		id,
		question: question.slice(0, 2000),
		contextLabel,
		state,
		startedAt,
		endedAt,
		progress,
		error: problem,
		hasJournal: journal !== undefined,
	};
}
