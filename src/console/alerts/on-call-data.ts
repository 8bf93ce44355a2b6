import type { paths } from '../api/api.generated.d.ts';

export type Rota = paths['/on-call-rotas']['get']['responses'][200]['content']['application/json']['items'][number];

/** One span in which the same person is on call, or nobody. */
export type OnCallSegment =
  paths['/on-call-rotas/{id}/on-call']['get']['responses'][200]['content']['application/json']['segments'][number];
