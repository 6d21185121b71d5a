import { present } from '../../src/core/present.ts';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-split-layout/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { FromPanel, ToPanel } from '../../src/protocol/panel.ts';
import { connect, reportErrors } from '../shared/host.ts';
import { App } from './app.ts';
import './panel.css';
import './tree.css';
import './details.css';
import './timeline.css';
import { type Kept, Store } from './store.ts';

/** Shortest time between two saves of the page's state. ms */
const KEEP_MS = 100;

const host = connect<ToPanel, FromPanel, Kept>();
reportErrors((message) => host.post({ type: 'broken', message }));

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element #root');
const store: Store = new Store(
	(message) => host.post(message),
	host.kept,
	() => {
		app.invalidate();
		keepSoon();
	},
);
const app = new App(root, store, (message) => host.post(message));

host.listen((message) => store.take(message));
// A page is not told before it is discarded: save its state soon after every change, and the scroll position
// once a second.
setInterval(() => host.keep(store.kept), 1000);
let willKeep = false;
function keepSoon(): void {
	if (willKeep) return;
	willKeep = true;
	setTimeout(() => {
		willKeep = false;
		host.keep(store.kept);
	}, KEEP_MS);
}
host.post(present({ type: 'ready', runId: host.kept?.runId === undefined ? undefined : host.kept.runId }));
