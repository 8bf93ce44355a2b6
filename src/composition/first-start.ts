import { ensureShippedRules } from '../alerts/shipped-rules.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { BackupSet } from '../backups/backup-catalogue.ts';
import { ensureMusterSet } from '../backups/muster-set.ts';
import type { Tx } from '../database/database.ts';
import type { DefinitionFile } from '../drills/definition-file.ts';
import { ensureDrillSchedules } from '../drills/drill-schedule.ts';
import { ensureTeam } from '../people/team.service.ts';
import { ensureSchedule } from '../scheduling/schedule.service.ts';
import { musterService } from '../services/service.queries.ts';
import { attachBackupSet, ensureMusterService } from '../services/services.service.ts';
import { ensureExamplePolicy } from '../sla/policy.service.ts';
import { ensureAdminToken } from './admin-token.ts';
import { ownSchedules } from './own-schedules.ts';
import type { Runtime } from './runtime.ts';

/** What every start finds or makes. */
export interface Foundations {
  /** Who answers for Muster itself: the team that the first token belongs to, or whom operators put in its place. */
  readonly administratorsId: string;
  readonly backupSet: BackupSet;
  /** The file with the first admin token, when this start made it. */
  readonly newAdminToken: string | undefined;
}

/** How old the proof that Muster can restore itself may be: the weekly drill, and one that failed. */
const MAX_PROOF_AGE_DAYS = 14;

/**
 * Makes what a new installation lacks: administrators and their token, the example policy, Muster itself as the first
 * service with its backup set, and the schedules. Does nothing where it is there; replicas may race.
 */
export async function layFoundations(runtime: Runtime, definitions: readonly DefinitionFile[]): Promise<Foundations> {
  const { db, directories, config } = runtime;
  const backupSet = await ensureMusterSet(db, { root: directories.backups });
  const administratorsId = await db.transaction(async (tx) => {
    await ensureExamplePolicy(tx);
    await ensureShippedRules(tx);
    for (const schedule of ownSchedules(backupSet, config.zone)) await ensureSchedule(tx, schedule);
    await ensureDrillSchedules(tx, definitions);
    return (await musterService(tx))?.owner.id ?? registerMuster(tx, backupSet);
  });
  const place = { file: directories.adminToken, instanceId: runtime.instanceId };
  const newAdminToken = await ensureAdminToken(db, administratorsId, place);
  return { administratorsId, backupSet, newAdminToken };
}

/** Once in the life of an installation: what operators rename, hand over or detach afterwards stays as they want it. */
async function registerMuster(tx: Tx, backupSet: BackupSet): Promise<string> {
  const origin = { actor: SYSTEM_ACTOR };
  const team = await ensureTeam(tx, origin, { name: 'administrators', roles: ['admin'] });
  const service = await ensureMusterService(tx, origin, { ownerId: team.id, maxProofAgeDays: MAX_PROOF_AGE_DAYS });
  await attachBackupSet(tx, origin, service.id, backupSet.id);
  return team.id;
}
