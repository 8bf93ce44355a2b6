import type { Queryable } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { databaseNow } from '../scheduling/schedule.queries.ts';
import type { Service } from '../services/service.ts';
import { currentPolicy } from '../sla/policy.queries.ts';
import { targetsFor } from '../sla/policy.ts';
import { expectsDamage } from './definition-damage.ts';
import type { DefinitionFile } from './definition-file.ts';
import { tightened } from './objectives.ts';
import { assessedRuns } from './proof.queries.ts';
import { type AssessedRun, bestProof, type DrillProof, proofOf } from './proof.ts';

/** Whether a service is proven to be recoverable at this moment, and what each of its drills says. */
export interface ServiceProof {
  readonly service: Pick<Service, 'id' | 'name' | 'criticality' | 'maxProofAgeDays'>;
  readonly isProven: boolean;
  /** Why it is proven, or why it is not. */
  readonly reason: string;
  readonly until: Date | null;
  readonly drills: readonly ProvingDrill[];
}

/** What one drill of a service says. */
export interface ProvingDrill extends DrillProof {
  readonly drill: string;
  /** The newest full run that came to a verdict. */
  readonly run: AssessedRun | undefined;
  /** What the policy in force promises for the recovery, as the drill tightens it. */
  readonly rtoSeconds: number;
}

/** The proofs of some services, in their order, held against the definitions and the policy as they are now. */
export async function serviceProofs(
  db: Queryable,
  services: readonly Service[],
  files: readonly DefinitionFile[],
): Promise<ServiceProof[]> {
  const ofService = Map.groupBy(
    // A drill that looks for damage recovers nothing.
    files.filter(({ definition }) => definition !== undefined && !expectsDamage(definition)),
    ({ definition }) => definition?.service.toLowerCase() ?? '',
  );
  const mine = services.flatMap(({ name }) => ofService.get(name.toLowerCase()) ?? []);
  const runs = await assessedRuns(
    db,
    mine.map(({ name }) => name),
  );
  const policy = await currentPolicy(db);
  const now = dateOf(await databaseNow(db));
  return services.map((service) => {
    const drills = (ofService.get(service.name.toLowerCase()) ?? []).map(({ name, sha256, definition }) => {
      const run = runs.get(name);
      const severity = definition?.objectives.severity ?? service.criticality;
      const targets = tightened(targetsFor(policy, severity, service.id), definition?.objectives.targets);
      const proof = proofOf(run, {
        maxProofAgeDays: service.maxProofAgeDays,
        definitionSha256: sha256,
        targets,
        isExample: policy.origin === 'example',
        now,
      });
      return { ...proof, drill: name, run, rtoSeconds: targets.recoverSeconds };
    });
    return { service, drills, ...togetherOf(drills) };
  });
}

function togetherOf(drills: ServiceProof['drills']): Pick<ServiceProof, 'isProven' | 'reason' | 'until'> {
  const best = bestProof(drills);
  if (best) return { isProven: true, reason: best.reason, until: best.until };
  const reason =
    drills.length === 0
      ? 'no drill recovers it: write one in drills/'
      : drills.map(({ drill, reason: why }) => `${drill}: ${why}`).join('; ');
  return { isProven: false, reason, until: null };
}
