import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { incidentById, stagesOf } from './incident.queries.ts';
import { viewOfIncidentDetail } from './incident.views.ts';

/** What a route answers about an incident: as it stands now, with its version. */
export async function incidentReply(db: Queryable, id: string) {
  const incident = await incidentById(db, id);
  const body = viewOfIncidentDetail(incident, await stagesOf(db, id), await databaseNowMs(db));
  return { body, version: incident.version };
}
