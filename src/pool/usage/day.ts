/** The local day of a moment, as `2026-11-21`. */
export function dayOf(at: number): string {
	const date = new Date(at);
	const two = (value: number) => String(value).padStart(2, '0');
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last local days, ending with that of `now`. */
export function lastDays(count: number, now: number): readonly string[] {
	const today = new Date(now);
	return Array.from({ length: count }, (_, index) =>
		// Noon, so that a change to or from summer time does not skip a day.
		dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1 - index), 12).getTime()),
	);
}
