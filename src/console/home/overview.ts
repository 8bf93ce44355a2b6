import type { paths } from '../api/api.generated.d.ts';

/** What Muster can prove of itself. */
export type Overview = paths['/overview']['get']['responses'][200]['content']['application/json'];
