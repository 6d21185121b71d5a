/** Headers that an SDK may send. All others (telemetry, organisation, headers from the environment) are dropped. */
const PASSED_HEADERS = ['accept', 'content-type', 'user-agent', 'anthropic-version', 'anthropic-beta'];

/** The headers of a request: those of an SDK that may pass, and those of the server's settings. */
export function headersFor(
	given: RequestInit['headers'],
	own: Readonly<Record<string, string>>,
): Record<string, string> {
	const passed = [...new Headers(given)].filter(([name]) => PASSED_HEADERS.includes(name));
	// Without this header the server may use any compression.
	return { 'accept-encoding': 'identity', ...Object.fromEntries(passed), ...own };
}

/** Adds the query of the settings: some gateways need a version or a tenant after the path of every request. */
export function withQuery(url: URL, query: string | undefined): URL {
	for (const [name, value] of new URLSearchParams(query)) {
		if (!url.searchParams.has(name)) url.searchParams.append(name, value);
	}
	return url;
}
