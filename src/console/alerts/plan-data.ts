import type { paths } from '../api/api.generated.d.ts';

export type ResponsePlan = paths['/response-plans/{id}']['get']['responses'][200]['content']['application/json'];

/** What a plan needs against what is there at this moment. */
export type PlanReadiness =
  paths['/response-plans/{id}/readiness']['get']['responses'][200]['content']['application/json'];
