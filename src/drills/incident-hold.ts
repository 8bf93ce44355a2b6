import { isOpenEmergency } from '../allocations/open-emergency.store.ts';
import { findPrincipal } from '../auth/principal.store.ts';
import type { Queryable } from '../database/database.ts';
import type { Severity } from '../kernel/severity.ts';
import { openCase } from './real-recovery.service.ts';
import type { DrillRun } from './run.ts';

/** With which rights a recovery holds what it needs. */
export interface IncidentRights {
  readonly severity: Severity;
  /** Why and for which emergency it may take from the emergency reserve; null when it may not. */
  readonly reserve: { readonly reason: string; readonly case: string } | null;
}

/**
 * The rights of a recovery are those of its case, as it stands now; without one, those of the severity that the drill rehearses and
 * none to the emergency reserve. That takes a case that is an open emergency, and somebody with the permission `reserve.cross`.
 */
export async function incidentRights(db: Queryable, run: DrillRun, rehearsed: Severity): Promise<IncidentRights> {
  const { recoveryCase, recoveryReason, requestedById } = run;
  const open = recoveryCase === null ? undefined : await openCase(db, recoveryCase);
  if (open === undefined) return { severity: rehearsed, reserve: null };
  const person = requestedById === null ? undefined : await findPrincipal(db, requestedById);
  const mayCross = person?.permissions.has('reserve.cross') === true && (await isOpenEmergency(db, open.subject));
  const why = recoveryReason === null ? '' : `: ${recoveryReason}`;
  return {
    severity: open.severity,
    reserve: mayCross ? { reason: `recovery for ${open.subject}${why}`.slice(0, 500), case: open.subject } : null,
  };
}
