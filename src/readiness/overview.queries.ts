import type { BackupSet, RecoveryPoint, SelfTest } from '../backups/backup-catalogue.ts';
import { lastSelfTest, newestPoint } from '../backups/catalogue.queries.ts';
import type { Queryable } from '../database/database.ts';
import { listRuns } from '../drills/drill-run.queries.ts';
import { findEvidence } from '../drills/evidence.store.ts';
import { type DrillReport, reportSchema } from '../drills/report.ts';
import type { DrillRun } from '../drills/run.ts';
import { currentPolicy } from '../sla/policy.queries.ts';

/** What Muster can show for itself at this moment: its newest backup, what the check can find, and its newest drill. */
export interface Overview {
  readonly set: BackupSet;
  readonly point: RecoveryPoint | undefined;
  /** The newest proof that the check finds one changed byte. */
  readonly selfTest: SelfTest | undefined;
  /** The newest run of the drill, whatever its state. */
  readonly run: DrillRun | undefined;
  /** Its report, once it has ended. */
  readonly report: DrillReport | undefined;
  /** The targets are the example's: nobody has committed to them. */
  readonly examplePolicy: boolean;
}

/** The overview with what comes next. */
export interface OverviewFacts {
  readonly overview: Overview;
  readonly nextBackupAt: Date | null;
  readonly nextDrillAt: Date | null;
  /** What to do next, the most urgent first. */
  readonly nextThings: readonly string[];
}

/** Gathers the overview of one backup set and the drill that restores it. */
export async function overviewOf(db: Queryable, set: BackupSet, drill: string): Promise<Overview> {
  const [run] = await listRuns(db, { drill }, { limit: 1 });
  const evidence = run && (await findEvidence(db, run.id));
  return {
    set,
    point: await newestPoint(db, set.id),
    selfTest: await lastSelfTest(db, set.id),
    run,
    report: evidence && reportSchema.parse(JSON.parse(evidence.report)),
    examplePolicy: (await currentPolicy(db)).origin === 'example',
  };
}
