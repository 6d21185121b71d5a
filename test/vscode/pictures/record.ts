import gifenc from 'gifenc';
import { PNG } from 'pngjs';
import type { Workbench } from '../host/workbench.ts';

const FRAME_MS = 250;
/** Every second pixel in both directions: enough to follow, and a quarter of the bytes. */
const SCALE = 2;
const COLOURS = 64;

const { applyPalette, GIFEncoder, quantize } = gifenc;

/** An animated picture of what happens on the screen while something is done. */
export async function record({ page }: Workbench, action: () => Promise<void>): Promise<Uint8Array> {
	const shots: Buffer[] = [];
	let isOver = false;
	const done = action().finally(() => {
		isOver = true;
	});
	while (!isOver) {
		const next = Date.now() + FRAME_MS;
		shots.push(await page.screenshot());
		await page.waitForTimeout(Math.max(0, next - Date.now()));
	}
	await done;
	return encode(shots);
}

function encode(shots: readonly Buffer[]): Uint8Array {
	const gif = GIFEncoder();
	let last: Buffer | undefined;
	for (const shot of shots) {
		// What looks like the frame before only makes the file larger.
		if (last?.equals(shot)) continue;
		last = shot;
		const { data, width, height } = halved(PNG.sync.read(shot));
		const palette = quantize(data, COLOURS);
		gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay: FRAME_MS * 2 });
	}
	gif.finish();
	return gif.bytes();
}

function halved(image: PNG): { data: Uint8Array; width: number; height: number } {
	const width = Math.floor(image.width / SCALE);
	const height = Math.floor(image.height / SCALE);
	const data = new Uint8Array(width * height * 4);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			for (let channel = 0; channel < 4; channel++) {
				let sum = 0;
				for (const [dx, dy] of [
					[0, 0],
					[1, 0],
					[0, 1],
					[1, 1],
				] as const) {
					sum += image.data[((y * SCALE + dy) * image.width + x * SCALE + dx) * 4 + channel] ?? 0;
				}
				data[(y * width + x) * 4 + channel] = sum / 4;
			}
		}
	}
	return { data, width, height };
}
