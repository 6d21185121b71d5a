// What is used of two libraries that come without types.

declare module 'gifenc' {
	/** Red, green, blue, each 0 to 255. */
	type Palette = readonly (readonly number[])[];
	interface Encoder {
		/** @param frame.delay ms */
		writeFrame(indexes: Uint8Array, width: number, height: number, frame: { palette: Palette; delay: number }): void;
		finish(): void;
		bytes(): Uint8Array;
	}
	const gifenc: {
		GIFEncoder(): Encoder;
		/** @param rgba four bytes a pixel */
		quantize(rgba: Uint8Array, colours: number): Palette;
		applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
	};
	export default gifenc;
}

declare module 'pngjs' {
	export class PNG {
		readonly width: number;
		readonly height: number;
		/** Four bytes a pixel: red, green, blue, opacity. */
		readonly data: Uint8Array;
		static readonly sync: { read(file: Uint8Array): PNG };
	}
}
