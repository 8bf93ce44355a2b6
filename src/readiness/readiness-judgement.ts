import { countedNeed } from '../alerts/plans/plan-readiness.ts';
import type { ProvingDrill } from '../drills/service-proof.ts';
import { formatSeconds } from '../kernel/units.ts';
import type { Covered, PoolCoverage } from '../services/pool-coverage.ts';
import type { Service } from '../services/service.ts';
import type { CoveredSkill } from '../services/skill-coverage.ts';
import { type ReadinessFacts, type SetReadiness, usableFor } from './readiness.ts';
import type { ReadinessReason, ReasonCode } from './readiness-reason.ts';

/** Every reason that the facts give, of the proof first. None of them judges anew: each repeats what its own domain says. */
export function reasonsOf(facts: ReadinessFacts): ReadinessReason[] {
  return [...proofReasons(facts), ...setReasons(facts), ...resourceReasons(facts.service, facts.coverage)];
}

const STANDINGS: Readonly<
  Record<Exclude<ProvingDrill['standing'], 'proven'>, readonly [ReasonCode, ReadinessReason['effect']]>
> = {
  'never run': ['never-run', 'not-assessed'],
  'cannot run': ['drill-cannot-run', 'not-assessed'],
  failed: ['drill-failed', 'not-ready'],
  'resources missing': ['resources-missing', 'not-ready'],
  'resources not assessed': ['resources-not-assessed', 'not-assessed'],
  'definition changed': ['definition-changed', 'not-assessed'],
  'targets changed': ['targets-changed', 'not-assessed'],
  'example targets': ['example-targets', 'not-assessed'],
  'too old': ['proof-too-old', 'not-assessed'],
};

/** None while one drill proves the service: that is enough. */
function proofReasons({ service, proof, policyVersion }: ReadinessFacts): ReadinessReason[] {
  const about = 'proof' as const;
  if (proof.isProven) return [];
  if (proof.drills.length === 0) {
    const link = { kind: 'service', id: service.id } as const;
    return [{ code: 'no-drill', effect: 'not-assessed', about, message: proof.reason, values: {}, link }];
  }
  return proof.drills.flatMap((drill): ReadinessReason[] => {
    if (drill.standing === 'proven') return [];
    const [code, effect] = STANDINGS[drill.standing];
    return [
      {
        ...{ code, effect, about, message: `${drill.drill}: ${drill.reason}` },
        values: { drill: drill.drill },
        link: linkOfDrill(drill, policyVersion),
      },
    ];
  });
}

function linkOfDrill({ drill, standing, run }: ProvingDrill, policyVersion: number): ReadinessReason['link'] {
  if (standing === 'example targets') return { kind: 'sla-policy', id: `${policyVersion}` };
  const isOfRun = standing === 'failed' || standing.startsWith('resources');
  return isOfRun && run ? { kind: 'drill-run', id: run.id } : { kind: 'drill', id: drill };
}

function setReasons({ service, proof, sets }: ReadinessFacts): ReadinessReason[] {
  const about = 'recovery-points' as const;
  if (sets.length > 0) return sets.flatMap((set) => reasonsOfSet(service, set));
  // A service without data needs no backup; one whose drills bring data back does.
  if (!proof.drills.some(({ run }) => run !== undefined && run.recoveryPointId !== null)) return [];
  const message = 'its drills bring data back, but the service names no backup set whose points could be looked at';
  const link = { kind: 'service', id: service.id } as const;
  return [{ code: 'no-backup-set', effect: 'not-assessed', about, message, values: {}, link }];
}

function reasonsOfSet(service: Service, set: SetReadiness): ReadinessReason[] {
  const { id, name, status, ageSeconds, rpoSeconds } = set;
  const about = 'recovery-points' as const;
  const link = { kind: 'backup-set', id } as const;
  const values = { set: name ?? id };
  const against = (code: ReasonCode, message: string, effect: ReadinessReason['effect'] = 'not-ready') => {
    return { code, effect, about, message: `${name}: ${message}`, values, link };
  };
  if (!status) {
    const message = `it names the backup set ${id}, which is not there`;
    const itself = { kind: 'service', id: service.id } as const;
    return [{ code: 'unknown-backup-set', effect: 'not-ready', about, message, values, link: itself }];
  }
  if (set.isRetired) return [against('backup-set-retired', 'the backup set is retired')];
  const stale = status.reasons.map(({ code, message }) => against(code, message));
  const says = (...codes: readonly ReasonCode[]) => stale.some(({ code }) => codes.includes(code));
  if (ageSeconds === null) {
    if (says('no-point', 'no-sound-point')) return stale;
    return [...stale, against('no-sound-point', 'no recovery point was found sound yet', 'not-assessed')];
  }
  if (ageSeconds < rpoSeconds || says('rpo-exceeded')) return stale;
  const [age, rpo] = [formatSeconds(ageSeconds), formatSeconds(rpoSeconds)];
  const message = `the newest sound data is ${age} old, and the policy promises ${rpo} for ${service.name}`;
  return [...stale, { ...against('rpo-target-exceeded', message), values: { ...values, ageSeconds, rpoSeconds } }];
}

function resourceReasons(service: Service, { spares, seats, skills }: PoolCoverage): ReadinessReason[] {
  return [
    ...spares.flatMap((spare) => reasonsOfNeed(service, spare, 'part', spare.thing?.partNumber)),
    ...seats.flatMap((seat) => reasonsOfNeed(service, seat, 'product', seat.thing?.name)),
    ...skills.flatMap((skill) => reasonsOfSkill(service, skill)),
  ];
}

function reasonsOfNeed(
  service: Service,
  need: Covered<{ readonly id: string }>,
  kind: 'part' | 'product',
  name: string | undefined,
): ReadinessReason[] {
  const { thing, needed, free, verdict } = need;
  const about = 'resources' as const;
  const prefix = kind === 'part' ? 'spare' : 'seat';
  if (!thing || name === undefined) {
    const text = need.neededBy[0]?.text ?? '';
    const message = `${verdict}: nobody can say what ${text} means, so nobody can say whether it is there`;
    const link = { kind: 'service', id: service.id } as const;
    return [{ code: `${prefix}-unknown`, effect: 'not-assessed', about, message, values: { text }, link }];
  }
  if (needed <= usableFor(service, free)) return [];
  const link = { kind, id: thing.id };
  const effect = 'not-ready';
  const count = countedNeed({ id: thing.id, name, kind, needed, available: free.withReserve }, []);
  if (count.reason !== null) {
    const values = { name, needed, free: free.withReserve };
    return [{ code: `${prefix}-short`, effect, about, message: count.reason, values, link }];
  }
  const message = `${needed} x ${name} needed, ${free.ordinary} free without the reserve, which only an emergency may take`;
  const values = { name, needed, free: free.ordinary };
  return [{ code: `${prefix}-only-in-reserve`, effect, about, message, values, link }];
}

function reasonsOfSkill(service: Service, { stated, verdict }: CoveredSkill): ReadinessReason[] {
  if (verdict === 'ready') return [];
  const about = 'resources' as const;
  const link = { kind: 'service', id: service.id } as const;
  const values = { skill: stated.text };
  if (verdict === 'short') {
    const message = `nobody has the skill ${stated.text} now`;
    return [{ code: 'skill-missing', effect: 'not-ready', about, message, values, link }];
  }
  const message = `the skill ${stated.text} is unknown, so nobody can say who has it`;
  return [{ code: 'skill-unknown', effect: 'not-assessed', about, message, values, link }];
}
