import type { Queryable } from '../database/database.ts';
import { serviceByName } from '../services/service.queries.ts';
import { policyVersion } from '../sla/policy.queries.ts';
import { targetsFor } from '../sla/policy.ts';
import type { Yardstick } from './conclusion.ts';
import { readDefinition } from './definition-file.ts';
import { SECONDS_OF, tightened } from './objectives.ts';
import { givenParameters } from './parameter.store.ts';
import { type DrillRun, TARGETS, type Target } from './run.ts';

/** A target that a run is held against. */
export interface Objective {
  readonly target: Target;
  readonly targetSeconds: number;
  /** The run is a success only when it measures and meets it. */
  readonly required: boolean;
}

/** The targets of a run, as it was when the run began. Of a drill that expects damage none is demanded. */
export async function objectivesOf(db: Queryable, run: DrillRun): Promise<Objective[]> {
  const yardstick = await yardstickOf(db, run);
  if (!yardstick) return [];
  const { required, targets: own } = yardstick.definition.objectives;
  const judged = tightened(yardstick.promised, own);
  return TARGETS.map((target) => ({
    target,
    targetSeconds: judged[SECONDS_OF[target]],
    required: !run.expectsDamage && required.includes(target),
  }));
}

/** What a run is judged by, as it was when the run began; undefined before that, and for one that never got to its definition. */
export async function yardstickOf(db: Queryable, run: DrillRun): Promise<Yardstick | undefined> {
  const { drill, definitionText, severity } = run;
  if (definitionText === null || run.policyVersion === null || severity === null) return undefined;
  const { definition } = readDefinition(drill, Buffer.from(definitionText), await givenParameters(db, run.id));
  if (!definition) return undefined;
  const service = await serviceByName(db, definition.service);
  const policy = await policyVersion(db, run.policyVersion);
  return { definition, promised: targetsFor(policy, severity, service?.id) };
}
