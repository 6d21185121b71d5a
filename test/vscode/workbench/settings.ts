import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedServer } from '../../support/scriptedServer.ts';

/** Settings of a folder. */
export function writeSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
	mkdirSync(join(folder, '.vscode'), { recursive: true });
	writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
}

/** The entry of `rlm.servers` for the model server of the tests. */
export function scripted(models: ScriptedServer): object {
	return { id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'] };
}
