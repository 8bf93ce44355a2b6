import { Temporal } from 'temporal-polyfill';
import { alertsByIds } from '../alerts/alert.queries.ts';
import { alertInWords } from '../alerts/alert.ts';
import { openAlertsOfServices, type ServiceLevelCount } from '../alerts/open-alerts.queries.ts';
import type { BackupSet } from '../backups/backup-catalogue.ts';
import { backupSetsByIds } from '../backups/backup-set.queries.ts';
import { newestPoints } from '../backups/catalogue.queries.ts';
import { type SetStatus, statusOfSets } from '../backups/set-status.queries.ts';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import type { DefinitionFile } from '../drills/definition-file.ts';
import { serviceProofs } from '../drills/service-proof.ts';
import { incidentIdsByNumber } from '../incidents/incident.queries.ts';
import { skilledPersons } from '../people/skilled-persons.ts';
import { statedRequirements } from '../services/coverage.queries.ts';
import { type PoolCoverage, poolCoverage } from '../services/pool-coverage.ts';
import type { Service } from '../services/service.ts';
import { openClocksOfServices } from '../sla/clock.queries.ts';
import { currentPolicy } from '../sla/policy.queries.ts';
import { type SlaPolicy, targetsFor } from '../sla/policy.ts';
import { runningClocks } from '../sla/running-clocks.ts';
import {
  conclusionOf,
  countingDrill,
  type ReadinessFacts,
  type ServiceReadiness,
  type SetReadiness,
} from './readiness.ts';
import { reasonsOf } from './readiness-judgement.ts';

/** Open clocks of one service that are looked at, and those of them that an answer names. */
const CLOCKS = { lookedMax: 200, namedMax: 5 } as const;

/** Everything that the conclusion about a service rests on, and nothing else. */
export interface JudgedService extends ReadinessFacts, Pick<ServiceReadiness, 'conclusion' | 'reasons'> {
  readonly policy: SlaPolicy;
}

/**
 * Judges services, each by itself, by what is there at this moment. The number of statements does not grow with the services.
 * @param files the drill definitions as they are now.
 */
export async function judgeServices(
  db: Queryable,
  services: readonly Service[],
  files: readonly DefinitionFile[],
): Promise<JudgedService[]> {
  if (services.length === 0) return [];
  const policy = await currentPolicy(db);
  const proofs = await serviceProofs(db, services, files);
  const coverages = await coveragesOf(db, services);
  const setsOf = await setsOfServices(db, services, policy);
  return services.map((service, index) => {
    const proof = proofs[index];
    const coverage = coverages[index];
    if (!proof || !coverage) throw new Error('Every service has one proof and one coverage');
    const facts = { service, proof, policyVersion: policy.version, sets: setsOf(service), coverage };
    const reasons = reasonsOf(facts);
    return { ...facts, policy, conclusion: conclusionOf(reasons), reasons };
  });
}

/** The judgement of services with what is open about them. */
export async function readinessOfServices(
  db: Queryable,
  services: readonly Service[],
  files: readonly DefinitionFile[],
): Promise<ServiceReadiness[]> {
  const judged = await judgeServices(db, services, files);
  const nowMs = await databaseNowMs(db);
  const ids = services.map(({ id }) => id);
  const alertsOf = await alertsOfServices(db, ids);
  const clocksOf = await clocksOfServices(db, ids, nowMs);
  const checkedAt = Temporal.Instant.fromEpochMilliseconds(nowMs);
  return judged.map(({ policy, ...one }) => {
    const { id, criticality } = one.service;
    const drill = countingDrill(one.proof);
    const rtoSeconds = drill?.rtoSeconds ?? targetsFor(policy, criticality, id).recoverSeconds;
    return { ...one, checkedAt, recovery: { drill, rtoSeconds }, alerts: alertsOf(id), clocks: clocksOf(id) };
  });
}

async function coveragesOf(db: Queryable, services: readonly Service[]): Promise<PoolCoverage[]> {
  const stated = await statedRequirements(
    db,
    services.map(({ id }) => id),
  );
  const [spares, seats, skills] = [stated.spares, stated.seats, stated.skills].map((all) =>
    Map.groupBy(all, ({ service }) => service.id),
  );
  const groups = services.map(({ id }) => ({
    spares: spares?.get(id) ?? [],
    seats: seats?.get(id) ?? [],
    skills: skills?.get(id) ?? [],
  }));
  return poolCoverage(db, groups, { atMs: await databaseNowMs(db), findSkilled: skilledPersons });
}

async function setsOfServices(db: Queryable, services: readonly Service[], policy: SlaPolicy) {
  const ids = [...new Set(services.flatMap(({ backupSets }) => backupSets))];
  const sets = ids.length === 0 ? [] : await backupSetsByIds(db, ids);
  const statuses = sets.length === 0 ? new Map<string, SetStatus>() : await statusOfSets(db, sets);
  const newest = ids.length === 0 ? new Map() : await newestPoints(db, ids);
  const byId = new Map(sets.map((set) => [set.id, set]));
  return ({ id: serviceId, criticality, backupSets }: Service): SetReadiness[] => {
    const { rpoSeconds } = targetsFor(policy, criticality, serviceId);
    return backupSets.map((id) => {
      const point = newest.get(id);
      const lastVerdict = point ? { pointId: point.id, verdict: point.verdict ?? null } : null;
      return { id, rpoSeconds, lastVerdict, ...standingOf(byId.get(id), statuses.get(id)) };
    });
  };
}

function standingOf(set: BackupSet | undefined, status: SetStatus | undefined) {
  const newest = status?.newestSoundPoint;
  const ageMs = status && newest && status.asOf.epochMilliseconds - newest.takenAt.epochMilliseconds;
  return {
    name: set?.name ?? null,
    isRetired: set?.retired !== undefined,
    status,
    ageSeconds: ageMs === undefined ? null : Math.max(0, Math.floor(ageMs / 1000)),
    setRpoSeconds: set?.external?.rpoSeconds ?? set?.staleAfterSeconds ?? null,
  };
}

async function alertsOfServices(db: Queryable, ids: readonly string[]) {
  const counts = Map.groupBy(await openAlertsOfServices(db, ids), ({ serviceId }) => serviceId);
  const worst = await alertsByIds(
    db,
    [...counts.values()].flatMap(([first]) => first?.worstId ?? []),
  );
  return (id: string): ServiceReadiness['alerts'] => {
    const ofService: readonly ServiceLevelCount[] = counts.get(id) ?? [];
    const alert = worst.get(ofService[0]?.worstId ?? '');
    return {
      byLevel: ofService.map(({ level, count }) => ({ level, count })),
      worst: alert ? { id: alert.id, text: alertInWords(alert) } : null,
    };
  };
}

async function clocksOfServices(db: Queryable, ids: readonly string[], nowMs: number) {
  const running = await runningClocks(db, await openClocksOfServices(db, ids, CLOCKS.lookedMax), nowMs);
  const ofService = Map.groupBy(running, ({ clock }) => clock.serviceId);
  const named = new Map([...ofService].map(([id, clocks]) => [id, clocks.slice(0, CLOCKS.namedMax)]));
  const subjects = [...named.values()].flat().map(({ clock }) => clock.subject);
  const incidents = subjects.length === 0 ? new Map<string, string>() : await incidentIdsByNumber(db, subjects);
  return (id: string): ServiceReadiness['clocks'] =>
    (named.get(id) ?? []).map((one) => ({ ...one, incidentId: incidents.get(one.clock.subject) ?? null }));
}
