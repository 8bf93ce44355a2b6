/** How bad it is, worst first. Policies, services, allocations, drills and incidents all speak of these three. */
export const SEVERITIES = ['emergency', 'important', 'general'] as const;

export type Severity = (typeof SEVERITIES)[number];
