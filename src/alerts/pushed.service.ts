import { createHash } from 'node:crypto';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { suitableDependencies } from '../services/service.queries.ts';
import { writeSeries } from './pushed.store.ts';
import type { PushedReading, PushOutcome, SeriesValue } from './pushed.ts';

/** A moment that lies further ahead is that of a wrong clock. */
const AHEAD_MS_MAX = 60_000;

/**
 * Takes readings from outside; the next pass judges them. Pushing the same again changes nothing, and an older value never takes
 * the place of a newer one.
 * @returns what became of each, in their order.
 * @throws AppError `unprocessable` `unsuitable-service`; `conflict` `too-many-series`.
 */
export async function pushReadings(
  tx: Tx,
  caller: Caller,
  readings: readonly PushedReading[],
): Promise<readonly PushOutcome[]> {
  await requireServices(tx, readings);
  const nowMs = await databaseNowMs(tx);
  const values = readings.map((reading) => seriesValueOf(reading, nowMs));
  return takeValues(tx, caller, values, nowMs);
}

/** Writes values of series, the newest of each, and says what became of each. */
export async function takeValues(
  tx: Tx,
  caller: Caller,
  values: readonly SeriesValue[],
  nowMs: number,
): Promise<readonly PushOutcome[]> {
  const newest = new Map<string, SeriesValue>();
  for (const value of values) {
    if (value.valuedAtMs > nowMs + AHEAD_MS_MAX) continue;
    const key = `${value.name} ${value.seriesKey}`;
    const known = newest.get(key);
    if (!known || value.valuedAtMs > known.valuedAtMs) newest.set(key, value);
  }
  const written = [...newest.values()];
  const taken = new Set([...(await writeSeries(tx, caller.principal.id, written))].map((place) => written[place]));
  const outcomes = values.map((value): PushOutcome => {
    if (value.valuedAtMs > nowMs + AHEAD_MS_MAX) return 'future';
    return taken.has(value) ? 'taken' : 'older';
  });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'signal.push',
    subjectKind: 'principal',
    subjectId: caller.principal.id,
    details: {
      names: [...new Set(values.map(({ name }) => name))].slice(0, 20),
      count: values.length,
      taken: taken.size,
    },
  });
  return outcomes;
}

function seriesValueOf(
  { name, labels, serviceId, value, at, validSeconds }: PushedReading,
  nowMs: number,
): SeriesValue {
  const sorted = Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const named = sorted.map(([label, text]) => `${label}="${text}"`).join(', ');
  const valuedAtMs = at?.epochMilliseconds ?? nowMs;
  return {
    name,
    seriesKey: createHash('sha256').update(JSON.stringify(sorted)).digest('hex'),
    title: `${name}${named === '' ? '' : `{${named}}`}`.slice(0, 300),
    serviceId: serviceId ?? null,
    value,
    valuedAtMs,
    holdsUntilMs: valuedAtMs + validSeconds * 1000,
  };
}

async function requireServices(tx: Tx, readings: readonly PushedReading[]): Promise<void> {
  const ids = [...new Set(readings.flatMap(({ serviceId }) => serviceId ?? []))];
  if (ids.length === 0) return;
  const known = new Set(await suitableDependencies(tx, ids));
  const index = readings.findIndex(({ serviceId }) => serviceId !== undefined && !known.has(serviceId));
  if (index < 0) return;
  throw new AppError(
    'unprocessable',
    'unsuitable-service',
    `There is no service ${readings[index]?.serviceId} in use`,
    {
      fields: [{ field: `#/readings/${index}/serviceId`, message: 'must be the id of a service in use' }],
    },
  );
}
