/** Text of a sandbox or a server as one line for a log or a message: nothing in it moves the cursor of a terminal. */
export function printable(text: string): string {
	return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
