import type { WindowTests } from './runner.ts';

/** A window without a folder, in German. */
export const germanTests: WindowTests = {
	name: 'german',
	language: 'de',
	// A model server that another test runs on a usual port must not answer here.
	userSettings: { 'rlm.servers': [{ id: 'builtin', kind: 'builtin' }] },
	prepare: () => undefined,
	tests: {
		'commands, messages and buttons are in German': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Frage zum Arbeitsbereich stellen');
			const message = workbench.notification('Es ist kein Ordner geöffnet');
			await message.getByRole('button', { name: 'Ordner öffnen' }).waitFor();
			await shot('no-folder');
		},

		'the run panel is in German': async ({ workbench, shot }) => {
			await workbench.newBuffer('Der blaue Schlüssel öffnet das Nordtor.');
			await workbench.runCommand('RLM: Frage zum Editorinhalt stellen', true);
			await workbench.answerInput('Wo steht "Nordtor"?');
			await workbench.preview.getByText('integrierten Engine').first().waitFor();
			await workbench.panel.getByRole('tab', { name: 'Zeitachse' }).waitFor();
			await shot('run');
		},

		'the chat is in German': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Focus on Chat View');
			await workbench.chat.getByText('Fragen zu Text beliebiger Größe stellen.').waitFor();
			await workbench.chat.getByRole('textbox', { name: 'Frage' }).waitFor();
			await shot('chat');
		},
	},
};
