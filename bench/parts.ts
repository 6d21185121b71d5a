/** Runs the parts of a bench that the command line names, or all of them, and ends the process. */
export async function runParts(parts: Readonly<Record<string, () => Promise<void>>>): Promise<never> {
	const asked = process.argv.slice(2);
	const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
	if (unknown.length > 0) {
		console.error(`Unknown bench ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`);
		process.exit(2);
	}
	for (const [name, bench] of Object.entries(parts)) {
		if (asked.length > 0 && !asked.includes(name)) continue;
		console.log(`\n${name}`);
		await bench();
	}
	process.exit(0);
}
