import {
	type Disposable,
	EventEmitter,
	l10n,
	MarkdownString,
	ThemeColor,
	ThemeIcon,
	type TreeDataProvider,
	TreeItem,
	TreeItemCollapsibleState,
	type TreeView,
	window,
} from 'vscode';
import type { ModelListing } from '../../core/ports/model.ts';
import { oneLine } from '../../core/printable.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import type { HealthState } from '../../pool/health/healthState.ts';
import { SERVERS_VIEW } from '../names.ts';
import type { Fleet } from './fleet.ts';
import { type Fact, factsOf } from './serverFacts.ts';
import { callsText, modelText, reasonText, remedyText, speedText, stateText } from './serverTexts.ts';
import { literal } from './statusTooltip.ts';

/** An item of the view: a server, the heading of its models, a model, or a fact about the server. */
export type ServerItem =
	| { readonly kind: 'server'; readonly id: string; readonly server: FleetServer }
	| { readonly kind: 'models'; readonly id: string; readonly server: FleetServer }
	| { readonly kind: 'model'; readonly id: string; readonly model: ModelListing }
	| ({ readonly kind: 'fact' } & Fact);

/** The tree of servers with their models and figures. Watches the servers only while it is visible. */
export class ServersView implements TreeDataProvider<ServerItem>, Disposable {
	readonly #fleet: Fleet;
	readonly #view: TreeView<ServerItem>;
	readonly #onDidChange = new EventEmitter<undefined>();
	readonly onDidChangeTreeData = this.#onDidChange.event;
	readonly #subscriptions: Disposable[];
	#hold: Disposable | undefined;
	/** The content last drawn, so that a tick without changes draws nothing. */
	#drawn = '';

	constructor(fleet: Fleet) {
		this.#fleet = fleet;
		this.#view = window.createTreeView(SERVERS_VIEW, { treeDataProvider: this, showCollapseAll: true });
		this.#subscriptions = [
			this.#view,
			this.#onDidChange,
			this.#view.onDidChangeVisibility(() => this.#follow()),
			fleet.onDidChange(() => this.#refresh()),
		];
		this.#follow();
	}

	getTreeItem(item: ServerItem): TreeItem {
		switch (item.kind) {
			case 'server':
				return serverItem(item.server);
			case 'models':
				return modelsItem(item);
			case 'model':
				return modelItem(item.id, item.model);
			case 'fact':
				return factItem(item);
		}
	}

	getChildren(item?: ServerItem): ServerItem[] {
		if (!item) return this.#servers().map((server) => ({ kind: 'server', id: server.id, server }));
		if (item.kind === 'models') {
			return item.server.models.map((model) => ({ kind: 'model', id: `${item.id} ${model.name}`, model }));
		}
		if (item.kind !== 'server') return [];
		const { server } = item;
		const facts = factsOf(server).map((fact): ServerItem => ({ kind: 'fact', ...fact }));
		const models: ServerItem[] =
			server.models.length === 0 ? [] : [{ kind: 'models', id: `${server.id}/models`, server }];
		return [...models, ...facts];
	}

	dispose(): void {
		this.#hold?.dispose();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	#follow(): void {
		this.#hold?.dispose();
		this.#hold = this.#view.visible ? this.#fleet.hold() : undefined;
		if (this.#view.visible) this.#refresh();
	}

	/** Hides the built-in engine that stands in when the settings name no server. */
	#servers(): readonly FleetServer[] {
		const { servers, configuredCount } = this.#fleet;
		return configuredCount > 0 ? servers : servers.filter(({ kind }) => kind !== 'builtin');
	}

	#refresh(): void {
		if (!this.#view.visible) return;
		this.#view.message = this.#fleet.problem ?? '';
		const drawn = JSON.stringify(this.#servers().map((server) => [server.id, server.models, texts(server)]));
		if (drawn === this.#drawn) return;
		this.#drawn = drawn;
		this.#onDidChange.fire(undefined);
	}
}

function texts(server: FleetServer): readonly unknown[] {
	return [server.health.state, server.calls.isDraining, ...factsOf(server)];
}

const ICONS: Readonly<Record<HealthState, readonly [icon: string, color: string]>> = {
	unknown: ['circle-outline', 'disabledForeground'],
	up: ['pass-filled', 'testing.iconPassed'],
	busy: ['loading', 'charts.blue'],
	degraded: ['warning', 'list.warningForeground'],
	down: ['error', 'list.errorForeground'],
};

function serverItem(server: FleetServer): TreeItem {
	const { id, health, calls } = server;
	const name = oneLine(id);
	const item = new TreeItem(name, TreeItemCollapsibleState.Collapsed);
	const state = calls.isDraining ? l10n.t('paused') : stateText(health.state);
	const speed = speedText(server);
	const isUsable = health.state !== 'down' && health.state !== 'unknown';
	const figures = isUsable ? [callsText(server), ...(speed === undefined ? [] : [l10n.t('{0} tokens/s', speed)])] : [];
	const [icon, color] = calls.isDraining ? (['debug-pause', 'charts.yellow'] as const) : ICONS[health.state];
	item.id = id;
	item.description = [state, ...figures].join(' · ');
	item.iconPath = new ThemeIcon(icon, new ThemeColor(color));
	item.contextValue = calls.isDraining ? 'server paused' : 'server';
	item.tooltip = tooltipOf(server, state);
	item.accessibilityInformation = { label: [name, state, ...figures].join(', ') };
	return item;
}

function tooltipOf(server: FleetServer, state: string): MarkdownString {
	const told = [reasonText(server.health), remedyText(server.health)].filter((text) => text !== undefined);
	const head = `**${literal(server.id)}** (${literal(state)})`;
	return new MarkdownString([head, literal(server.url), ...told.map(literal)].join('\n\n'));
}

function modelsItem({ id, server }: Extract<ServerItem, { kind: 'models' }>): TreeItem {
	const item = new TreeItem(l10n.t('Models'), TreeItemCollapsibleState.Collapsed);
	item.id = id;
	item.description = String(server.models.length);
	item.iconPath = new ThemeIcon('symbol-class');
	return item;
}

function modelItem(id: string, model: ModelListing): TreeItem {
	const name = oneLine(model.name);
	const item = new TreeItem(name, TreeItemCollapsibleState.None);
	item.id = id;
	item.description = modelText(model);
	item.iconPath = new ThemeIcon(model.isLoaded ? 'circle-filled' : 'circle-outline');
	item.accessibilityInformation = { label: `${name}, ${modelText(model)}` };
	return item;
}

function factItem({ id, label, text, icon }: Fact): TreeItem {
	const item = new TreeItem(label, TreeItemCollapsibleState.None);
	item.id = id;
	item.description = text;
	item.tooltip = new MarkdownString(literal(`${label}: ${text}`));
	item.iconPath = new ThemeIcon(icon);
	item.accessibilityInformation = { label: `${label}: ${text}` };
	return item;
}
