import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-split-layout/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { FromPanel, ToPanel } from '../../src/protocol/panel.ts';
import { connect, reportErrors } from '../shared/host.ts';
import { App } from './app.ts';
import './panel.css';
import { type Kept, Store } from './store.ts';

const host = connect<ToPanel, FromPanel, Kept>();
reportErrors((message) => host.post({ type: 'broken', message }));

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element #root');
const store: Store = new Store(
	(message) => host.post(message),
	host.kept,
	() => app.invalidate(),
);
const app = new App(root, store, (message) => host.post(message));

host.listen((message) => store.take(message));
// State of the page is kept when it is about to go and not at every change.
document.addEventListener('visibilitychange', () => host.keep(store.kept));
window.addEventListener('pagehide', () => host.keep(store.kept));
setInterval(() => host.keep(store.kept), 1000);
host.post({ type: 'ready', ...(host.kept?.runId === undefined ? {} : { runId: host.kept.runId }) });
