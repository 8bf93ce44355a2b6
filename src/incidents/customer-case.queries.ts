import type { Queryable } from '../database/database.ts';
import type { CustomerCase } from './customer-link.ts';

/** What a link shows of the incident itself. */
export type CustomerIncident = Pick<
  CustomerCase,
  'number' | 'title' | 'severity' | 'stage' | 'receivedAt' | 'restoredAt' | 'resolvedAt'
>;

/** Of an incident what its customer may read; undefined when there is none. */
export async function customerIncident(db: Queryable, id: string): Promise<CustomerIncident | undefined> {
  const [row] = await db.rows<IncidentRow>(
    'SELECT number, title, severity, stage, received_at, restored_at, resolved_at FROM incident WHERE id = $1',
    [id],
  );
  if (!row) return undefined;
  const { received_at: received, restored_at: restored, resolved_at: resolved, ...incident } = row;
  return {
    ...incident,
    receivedAt: received.toISOString(),
    restoredAt: restored?.toISOString() ?? null,
    resolvedAt: resolved?.toISOString() ?? null,
  };
}

interface IncidentRow extends Pick<CustomerCase, 'number' | 'title' | 'severity' | 'stage'> {
  readonly received_at: Date;
  readonly restored_at: Date | null;
  readonly resolved_at: Date | null;
}
