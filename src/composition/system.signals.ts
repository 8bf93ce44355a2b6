import { statfs } from 'node:fs/promises';
import { readBacklog, readHead } from '../audit/seal.queries.ts';
import { databaseNowMs } from '../database/now.ts';
import type { Clock } from '../kernel/clock.ts';
import { nextSlots } from '../scheduling/calculator.ts';
import { listSchedules } from '../scheduling/schedule.queries.ts';
import type { Schedule } from '../scheduling/schedule.ts';
import type { Signal, SignalContext, SignalReading } from '../signals/signal.ts';
import type { Directories } from './directories.ts';

const BATCH_SCHEDULES = 200;

/** Where and by which clock this process works. */
interface SystemParts {
  readonly clock: Clock;
  readonly directories: Pick<Directories, 'data' | 'backups'>;
}

/** What Muster itself has to say before it fails. Disks and the clock are those of the process that judges. */
export const systemSignals = ({ clock, directories }: SystemParts): Signal[] => [
  {
    name: 'system.disk-free',
    title: 'Free space where Muster keeps its data and its backups',
    unit: 'percent',
    read: async () => [
      await readDisk('data directory', directories.data),
      await readDisk('backup directory', directories.backups),
    ],
  },
  {
    name: 'system.clock-drift',
    title: 'How far the clock of the process lies from that of the database',
    unit: 'seconds',
    read: async ({ db }) => [ofMuster('clock', await driftSeconds(db, clock))],
  },
  {
    name: 'system.schedule-lag',
    title: 'How late the next slot of a schedule is',
    unit: 'seconds',
    read: readSchedules,
  },
  {
    name: 'audit.unsealed-age',
    title: 'For how long the oldest entry of the audit trail has waited for its seal',
    unit: 'seconds',
    read: async ({ db }) => [ofMuster('audit trail', (await readBacklog(db, await readHead(db))).oldestSeconds)],
  },
];

const ofMuster = (name: string, value: number): SignalReading => ({
  subject: { kind: 'muster', id: null, name },
  serviceId: null,
  value,
});

/** Of the blocks that are there for it, as `df` counts. */
async function readDisk(name: string, directory: string): Promise<SignalReading> {
  const { bavail, blocks } = await statfs(directory);
  return { subject: { kind: 'disk', id: null, name }, serviceId: null, value: (bavail / blocks) * 100 };
}

/** Against the middle of the time that the question took. */
async function driftSeconds(db: SignalContext['db'], clock: Clock): Promise<number> {
  const before = clock.now().epochMilliseconds;
  const databaseMs = await databaseNowMs(db);
  const middle = (before + clock.now().epochMilliseconds) / 2;
  return Math.abs(middle - databaseMs) / 1000;
}

async function readSchedules({ db, nowMs }: SignalContext): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  let after: string | undefined;
  do {
    const schedules: Schedule[] = await listSchedules(db, { limit: BATCH_SCHEDULES, after });
    for (const { id, name, cron, zone, cursorAt, pausedAt, surprise } of schedules) {
      // Nobody is to learn when a surprise is due.
      if (pausedAt !== null || surprise) continue;
      const [slot] = nextSlots({ cron, zone }, cursorAt, 1);
      const lateMs = slot === undefined ? 0 : nowMs - slot.epochMilliseconds;
      readings.push({ subject: { kind: 'schedule', id, name }, serviceId: null, value: Math.max(0, lateMs) / 1000 });
    }
    after = schedules.length === BATCH_SCHEDULES ? schedules.at(-1)?.name : undefined;
  } while (after !== undefined);
  return readings;
}
