import type { paths } from '../api/api.generated.d.ts';

/** A version of the SLA policy. */
export type Policy = paths['/sla-policy']['get']['responses'][200]['content']['application/json'];

/** A version that somebody has proposed. */
export type Proposal = paths['/sla-policy/proposals/{id}']['get']['responses'][200]['content']['application/json'];

export type Figure = Proposal['changes'][number]['before'];

export const SEVERITIES = ['emergency', 'important', 'general'] as const;

export const SECONDS_TARGETS = ['respondSeconds', 'planSeconds', 'recoverSeconds', 'rpoSeconds'] as const;
