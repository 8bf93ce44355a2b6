import { z } from 'zod';
import { checkSchema, pointSchema } from '../../src/backups/backup.views.ts';
import { backupSetSchema } from '../../src/backups/backup-set.views.ts';
import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

const page = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), next: z.string().nullable() });

type BackupSet = z.infer<typeof backupSetSchema>;
type Point = z.infer<typeof pointSchema>;
type Check = z.infer<typeof checkSchema>;

const JOB_SECONDS_MAX = 40;

/** Muster's own backup set. */
async function ownSet(api: Api): Promise<BackupSet> {
  const sets = page(backupSetSchema).parse(await api.get('/backup-sets'));
  const own = sets.items.find((set) => set.name === 'muster-database');
  if (!own) throw new Error('There is no backup set muster-database');
  return own;
}

/** The recovery points of Muster's own set, youngest data first. */
export async function ownPoints(api: Api): Promise<Point[]> {
  const { id } = await ownSet(api);
  return page(pointSchema).parse(await api.get(`/backup-sets/${id}/points`)).items;
}

/** Orders a job and waits until it has ended, or waits for its next try; how it stands then. */
async function carryOut(api: Api, path: string): Promise<{ readonly id: string; readonly state: string }> {
  const { jobId } = await api.post<{ jobId: string }>(path);
  return eventually(`the job of ${path} has ended`, JOB_SECONDS_MAX, async () => {
    const job = await api.get<{ id: string; state: string; failure: unknown }>(`/jobs/${jobId}`);
    const isOver = ['completed', 'failed', 'cancelled'].includes(job.state) || job.failure !== null;
    return isOver ? job : undefined;
  });
}

/** Takes a backup of Muster's own database now; the new point. */
export async function takeBackup(api: Api): Promise<Point> {
  const { id } = await ownSet(api);
  const { state } = await carryOut(api, `/backup-sets/${id}/take`);
  const [newest] = await ownPoints(api);
  if (state !== 'completed' || !newest) throw new Error(`The backup was not taken: its job is ${state}`);
  return newest;
}

/** Has a point read back in full now; what the check found. */
export async function checkPoint(api: Api, pointId: string): Promise<Check> {
  const { id } = await carryOut(api, `/recovery-points/${pointId}/check`);
  const checks = page(checkSchema).parse(await api.get(`/recovery-points/${pointId}/checks`)).items;
  const mine = checks.find((check) => check.jobId === id);
  if (!mine) throw new Error(`The check of job ${id} is not on record`);
  return mine;
}
