// A journal is a file of JSON lines, one run each:
//
//   {"format":"rlm-journal","version":1,"runId":"…"}     the first line
//   {"$text":"<16 hex digits>","text":"…"}               a long string, before the first event that holds it
//   {"seq":0,"type":"run-start","query":{"$text":"…"}}   an event; long strings are references
//
// A prompt that is sent fifty times, or a message that returns in a transcript, is thus stored once.

/** Name in the first line of every journal. */
export const JOURNAL_FORMAT = 'rlm-journal';

/** Readers reject every other version. */
export const JOURNAL_VERSION = 1;
