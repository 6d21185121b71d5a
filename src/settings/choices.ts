// Choices by name. No imports, so that listing the names loads nothing.

/** Strategies for spreading calls over servers. */
export const STRATEGIES = ['adaptive', 'leastLoaded', 'priority', 'roundRobin'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/**
 * How eagerly servers with a price are used: never, only if the others are far behind, in between, or like any other.
 */
export const CLOUD_USES = ['never', 'overflow', 'balanced', 'fastest'] as const;
export type CloudUse = (typeof CLOUD_USES)[number];

/** The setting's value that leaves the choice to the product. */
export const AUTO = 'auto';
