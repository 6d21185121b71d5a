/** Lines of a reader of Deno, without their ends: what `dspy.RLM` needs of Deno's standard library. */
export async function* readLines(reader) {
	const decoder = new TextDecoder();
	const piece = new Uint8Array(65_536);
	let rest = '';
	for (let count = await reader.read(piece); count !== null; count = await reader.read(piece)) {
		const lines = (rest + decoder.decode(piece.subarray(0, count), { stream: true })).split('\n');
		rest = lines.pop() ?? '';
		yield* lines;
	}
	if (rest !== '') yield rest;
}
