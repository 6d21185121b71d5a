import { type Disposable, l10n, StatusBarAlignment, type StatusBarItem, ThemeColor, window, workspace } from 'vscode';
import { COMMANDS } from '../names.ts';
import type { Fleet } from './fleet.ts';
import { statusLine } from './statusLine.ts';
import { statusSpeech, statusTooltip } from './statusTooltip.ts';

/** Shortest time between two updates of the tooltip: setting it closes one that is being read. ms */
const TOOLTIP_MS = 5_000;

/** The status bar item. Shown when the settings name servers or some were found. */
export class StatusBar implements Disposable {
	readonly #fleet: Fleet;
	readonly #subscriptions: Disposable[];
	#item: StatusBarItem | undefined;
	#tooltip = { text: '', line: '', at: 0 };

	constructor(fleet: Fleet) {
		this.#fleet = fleet;
		this.#subscriptions = [
			fleet.onDidChange(() => this.#update()),
			workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('rlm') && this.#update()),
		];
		this.#update();
	}

	dispose(): void {
		for (const subscription of this.#subscriptions) subscription.dispose();
		this.#item?.dispose();
	}

	#update(): void {
		const isEnabled = workspace.getConfiguration('rlm').get<boolean>('statusBar.enabled', true);
		const { servers, configuredCount, isolation, isWatched, isFresh } = this.#fleet;
		const line = statusLine(servers, configuredCount, isFresh);
		if (!isEnabled || line.text === '') {
			this.#item?.hide();
			return;
		}
		this.#item ??= createItem();
		this.#item.text = line.text;
		const { text, line: lastLine, at } = this.#tooltip;
		const isDue = !isWatched || line.text !== lastLine || Date.now() - at >= TOOLTIP_MS;
		const tooltip = isDue ? statusTooltip(servers, { isolation, isWatched }) : undefined;
		if (tooltip && tooltip.value !== text) {
			this.#item.tooltip = tooltip;
			this.#tooltip = { text: tooltip.value, line: line.text, at: Date.now() };
		}
		this.#item.backgroundColor = line.isDown ? new ThemeColor('statusBarItem.errorBackground') : undefined;
		this.#item.accessibilityInformation = { label: statusSpeech(line), role: 'button' };
		this.#item.show();
	}
}

function createItem(): StatusBarItem {
	const item = window.createStatusBarItem('rlm.servers', StatusBarAlignment.Left);
	item.name = l10n.t('RLM Servers');
	item.command = COMMANDS.serverActions;
	return item;
}
