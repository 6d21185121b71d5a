/** For tests that cancel nothing. */
export const neverAborted: AbortSignal = new AbortController().signal;
