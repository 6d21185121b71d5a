import '@vscode-elements/elements/dist/vscode-button/index.js';
import type { FromChat, ToChat } from '../../src/protocol/chat.ts';
import { connect, reportErrors } from '../shared/host.ts';
import { App } from './app.ts';
import './chat.css';
import { type Kept, Store } from './store.ts';

const host = connect<ToChat, FromChat, Kept>();
reportErrors((message) => host.post({ type: 'broken', message }));

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element #root');
const store = new Store();
const app = new App(root, store, (message) => host.post(message), host.kept);

/** Moves the focus to the input, unless something else on the page has it. */
function focusInput(): void {
	if (document.hasFocus() && document.activeElement === document.body) app.focus();
}

host.listen((message) => {
	const isFirst = store.head === undefined;
	if (!store.take(message)) return;
	if (message.type === 'focus') app.focus();
	else if (message.type === 'refused') app.giveBack(message.question);
	else app.invalidate();
	if (isFirst) focusInput();
});
document.addEventListener('visibilitychange', () => host.keep(app.kept));
window.addEventListener('pagehide', () => host.keep(app.kept));
document.addEventListener('input', () => host.keep(app.kept));
window.addEventListener('focus', focusInput);
host.post({ type: 'ready' });
