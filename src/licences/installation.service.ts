import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { upsertInstallations } from './installation.store.ts';
import type { InstallationReport, ReportOutcome } from './installation.ts';

/**
 * Takes down which installations a source has found. The same report again changes nothing.
 * @throws AppError as {@link upsertInstallations}.
 */
export async function reportInstallations(tx: Tx, caller: Caller, report: InstallationReport): Promise<ReportOutcome> {
  const outcome = await upsertInstallations(tx, report);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'installation.report',
    subjectKind: 'installation-source',
    subjectId: report.source,
    details: { ...outcome },
  });
  return outcome;
}
