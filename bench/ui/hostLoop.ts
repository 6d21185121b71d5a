import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ms } from '../measure.ts';
import { inWindow, readLoopReport } from './window.ts';

/** How late the extension host's event loop is while a run makes 1,000 sub-calls, with the panel open. Target: p99 < 16 ms. */
export async function benchHostLoop(): Promise<void> {
	await inWindow({ turns: 4, calls: 250 }, async ({ workbench, loopReport }) => {
		await workbench.openFile('notes.txt');
		await workbench.runCommand('RLM: Focus on Run View');
		await workbench.panel.getByText('No question has been asked').waitFor();
		while (!existsSync(`${loopReport}.pid`)) await sleep(100);
		await workbench.runCommand('RLM: Query Buffer', true);
		process.kill(Number(readFileSync(`${loopReport}.pid`, 'utf8')), 'SIGUSR2');
		await workbench.answerInput('How many?');
		await workbench.panel.locator('.summary', { hasText: 'answered' }).waitFor({ timeout: 300_000 });
		await sleep(600);
		const { p50, p99, max, rssMb } = readLoopReport(loopReport);
		console.log(
			`event loop of the extension host during 1,000 sub-calls: p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`,
		);
		console.log(`memory of the extension host afterwards: ${Math.round(rssMb)} MB resident`);
	});
}
