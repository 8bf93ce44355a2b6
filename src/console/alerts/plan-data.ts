import type { paths } from '../api/api.generated.d.ts';

export type ResponsePlan = paths['/response-plans/{id}']['get']['responses'][200]['content']['application/json'];
