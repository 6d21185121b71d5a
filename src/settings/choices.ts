// What can be chosen by name. Without imports, so that listing the names loads nothing.

/** How calls are spread over servers. */
export const STRATEGIES = ['adaptive', 'leastLoaded', 'priority', 'roundRobin'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How eagerly servers with a price are used: not at all, when the others are far behind, in between, or like any other. */
export const CLOUD_USES = ['never', 'overflow', 'balanced', 'fastest'] as const;
export type CloudUse = (typeof CLOUD_USES)[number];

/** What stands in a setting for the choice that the product makes by itself. */
export const AUTO = 'auto';
