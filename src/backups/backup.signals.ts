import { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import type { BackupSet } from './backup-catalogue.ts';
import { listBackupSets } from './backup-set.queries.ts';
import { repositoryVerification } from './external/exposure.queries.ts';
import { repositoriesInUse } from './repository.queries.ts';
import { type SetStatus, statusOfSets } from './set-status.queries.ts';

/** Sets whose status is read in one go. */
const BATCH_SETS = 500;

/** What backups have to say before it is an incident. */
export const backupSignals = (): Signal[] => [
  {
    name: 'backup.rpo-used',
    title: 'Age of the newest sound recovery point of a backup set, of its RPO',
    unit: 'percent',
    read: ({ db }) => readSets(db, rpoUsed),
  },
  {
    name: 'backup.unsound-points',
    title: 'Recovery points of a backup set that are missing or were found not sound',
    unit: 'count',
    read: ({ db }) => readSets(db, (_set, status) => ({ value: status.unsoundCount })),
  },
  {
    name: 'backup.unseen-of-retention',
    title: 'The longest time that damage can go unseen in a backup set, of the time that its points go back over',
    unit: 'percent',
    everySeconds: 600,
    read: async ({ db, nowMs }) => readExposure(db, Temporal.Instant.fromEpochMilliseconds(nowMs)),
  },
];

type Figure = Pick<SignalReading, 'value' | 'reason'>;

async function readSets(
  db: Queryable,
  figureOf: (set: BackupSet, status: SetStatus) => Figure | undefined,
): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  let after: string | undefined;
  do {
    const sets: BackupSet[] = await listBackupSets(db, { limit: BATCH_SETS, after });
    const inUse = sets.filter(({ retired }) => !retired);
    const statuses = await statusOfSets(db, inUse);
    for (const set of inUse) {
      const status = statuses.get(set.id);
      const figure = status && figureOf(set, status);
      if (figure) readings.push({ subject: subjectOf(set), serviceId: onlyOne(status.services), ...figure });
    }
    after = sets.length === BATCH_SETS ? sets.at(-1)?.id : undefined;
  } while (after !== undefined);
  return readings;
}

/** Nothing of a set without an RPO: its schedule says what is late. */
function rpoUsed(
  { external, staleAfterSeconds }: BackupSet,
  { newestSoundPoint, asOf }: SetStatus,
): Figure | undefined {
  const rpoSeconds = external?.rpoSeconds ?? staleAfterSeconds;
  if (rpoSeconds === undefined || rpoSeconds === null) return undefined;
  if (!newestSoundPoint) return { value: null, reason: 'no recovery point was found sound yet' };
  const ageMs = asOf.epochMilliseconds - newestSoundPoint.takenAt.epochMilliseconds;
  return { value: Math.max(0, ageMs) / 10 / rpoSeconds };
}

async function readExposure(db: Queryable, now: Temporal.Instant): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  for (const repository of await repositoriesInUse(db)) {
    for (const { set, exposure } of (await repositoryVerification(db, repository, now)).sets) {
      const { unseenSeconds, unseenSecondsMax, retentionSeconds } = exposure;
      // One point goes back over no time: nothing is outlived yet.
      if (retentionSeconds === undefined || retentionSeconds === 0) continue;
      const value = ((unseenSecondsMax ?? unseenSeconds) / retentionSeconds) * 100;
      readings.push({ subject: subjectOf(set), serviceId: null, value });
    }
  }
  return readings;
}

const subjectOf = ({ id, name }: BackupSet) => ({ kind: 'backup-set', id, name });

const onlyOne = (ids: readonly string[]) => (ids.length === 1 ? (ids[0] ?? null) : null);
