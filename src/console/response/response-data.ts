import { useState } from 'react';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';

export type Plan = paths['/response-plans/{id}']['get']['responses'][200]['content']['application/json'];

export type PlanEdition =
  paths['/response-plans/{id}/editions']['get']['responses'][200]['content']['application/json']['items'][number];

export type PlanReadiness =
  paths['/response-plans/{id}/readiness']['get']['responses'][200]['content']['application/json'];

export type Rota = paths['/on-call-rotas/{id}']['get']['responses'][200]['content']['application/json'];

export type Turn =
  paths['/on-call-rotas/{id}/on-call']['get']['responses'][200]['content']['application/json']['segments'][number];

export type Gap =
  paths['/on-call-rotas/{id}/gap-report']['get']['responses'][200]['content']['application/json']['gaps'][number];

export type Override =
  paths['/on-call-rotas/{id}/overrides']['get']['responses'][200]['content']['application/json']['items'][number];

/** How often it is asked anew who is on call and what a plan lacks. */
export const REFRESH_MS = 60_000;

const WEEK_MS = 7 * 86_400_000;

export interface Span {
  readonly from: string;
  readonly until: string;
}

/** So many weeks from the minute at which the page was opened. */
export function useSpan(weeks: '4' | undefined): Span {
  const [fromMs] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  return {
    from: new Date(fromMs).toISOString(),
    until: new Date(fromMs + (weeks === '4' ? 4 : 2) * WEEK_MS).toISOString(),
  };
}

/** Who is on call by a rota in a span, turn by turn. */
export const useTurns = (id: string, span: Span) =>
  $api.useQuery(
    'get',
    '/on-call-rotas/{id}/on-call',
    { params: { path: { id }, query: { ...span } } },
    { refetchInterval: REFRESH_MS },
  );

/** Where a rota has nobody in a span, or somebody who does not count. */
export const useGaps = (id: string, span: Span) =>
  $api.useQuery(
    'get',
    '/on-call-rotas/{id}/gap-report',
    { params: { path: { id }, query: { ...span } } },
    { refetchInterval: REFRESH_MS },
  );
