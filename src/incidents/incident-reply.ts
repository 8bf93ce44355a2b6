import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import type { IncidentTarget } from './act.ts';
import { neededToResolve } from './ending.queries.ts';
import { incidentById, stagesOf } from './incident.queries.ts';
import { viewOfIncidentDetail } from './incident.views.ts';
import { reviewIdOf } from './incident-review.queries.ts';

/** What a route answers about an incident: as it stands now, with its version. */
export async function incidentReply(db: Queryable, id: string) {
  const incident = await incidentById(db, id);
  const facts = { neededToResolve: await neededToResolve(db, incident), reviewId: await reviewIdOf(db, id) };
  const body = viewOfIncidentDetail(incident, facts, await stagesOf(db, id), await databaseNowMs(db));
  return { body, version: incident.version };
}

/** What routes that act on an incident have in common. */
export const acting = { tag: 'incidents', method: 'post', permission: 'incident.operate' } as const;

/** What every act may be refused for. */
export const ACT_ERRORS = [
  ...['no-such-incident', 'stale-incident', 'incident-closed', 'incident-stage', 'before-receipt', 'before-last-stage'],
  ...['before-last-segment', 'in-future', 'late-unexplained'],
];

/** The incident that a request names, at the version that it has read. */
export function targetOf(request: {
  readonly params: { readonly id: string };
  readonly expectedVersion: number;
}): IncidentTarget {
  return { id: request.params.id, expectedVersion: request.expectedVersion };
}
