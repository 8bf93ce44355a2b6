import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';

/** An alert as a list has it. */
export type Alert = paths['/alerts']['get']['responses'][200]['content']['application/json']['items'][number];

/** An alert with what became of it. */
export type ShownAlert = paths['/alerts/{id}']['get']['responses'][200]['content']['application/json'];

export type AlertRule = paths['/alert-rules/{id}']['get']['responses'][200]['content']['application/json'];

export type Suppression =
  paths['/alert-suppressions']['get']['responses'][200]['content']['application/json']['items'][number];

/** A role that somebody has in telling or answering an alert. */
export type DutyRole =
  paths['/alerts/{id}/escalation']['get']['responses'][200]['content']['application/json']['ladders'][number]['rungs'][number]['roles'][number];

/** The unit of the values of Muster's own signals. */
export type SignalUnit =
  paths['/signals']['get']['responses'][200]['content']['application/json']['items'][number]['unit'];

/** How often what is open is read anew. */
export const REFRESH_MS = 15_000;

/** What the levels are called, that of level 1 first. */
export function useLevelNames(): readonly string[] {
  return $api.useQuery('get', '/alert-scale', {}, { staleTime: 300_000 }).data?.names ?? [];
}

/** Muster's own signals by their names; pushed series are none of them. */
export function useSignals() {
  const { data } = $api.useQuery('get', '/signals', { params: { query: { limit: 200 } } }, { staleTime: 300_000 });
  return new Map((data?.items ?? []).map((signal) => [signal.name, signal]));
}
