/** Lets others work, between pieces of a long computation. */
export function breathe(): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, 0);
	});
}
