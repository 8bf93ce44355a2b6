import { join } from 'node:path';
import { type Api, answered, until } from './api.ts';
import {
  ARCHIVES,
  archiveOf,
  changeCheckedArchives,
  damageArchives,
  patternOf,
  type SampleSet,
  writeArchives,
} from './archives.ts';

/** The backup sets of the sample organisation, by id. */
export type SampleSets = Readonly<Record<SampleSet, string>>;

const DAY_SECONDS = 86_400;

/**
 * A repository of real archives as other tools would have left them, some damaged. Muster lists and reads them; then some of
 * those that it knows are exchanged or taken away, and it finds that as well.
 * @param home a directory of the demo's own, absolute.
 */
export async function keepBackups(api: Api, home: string, ownerId: string): Promise<SampleSets> {
  const root = join(home, 'backups');
  await writeArchives(root);
  await damageArchives(root);
  const repositoryId = await enterRepository(api, root);
  const set = async (name: string, of: SampleSet, description: string) => {
    const body = {
      ...{ name, repositoryId, ownerId, zone: 'UTC', pattern: patternOf(of), description },
      ...{ rpoSeconds: 2 * DAY_SECONDS, schedule: { cron: '4 0 * * *', graceSeconds: 7200 }, settleSeconds: 1 },
    };
    return (await answered(api.POST('/backup-sets', { body }))).id;
  };
  const sets: SampleSets = {
    orders: await set('sample-orders-dump', 'orders', 'Sample data: the nightly dump of the order database'),
    web: await set('sample-web-files', 'web', 'Sample data: the pages of the web shop, with damaged archives'),
    documents: await set('sample-documents', 'documents', 'Sample data: documents, one of them exchanged later on'),
    intranet: await set('sample-intranet', 'intranet', 'Sample data: backups that stopped nine days ago'),
  };
  await lookAndRead(api, repositoryId, sets);
  await changeCheckedArchives(root);
  await lookAgain(api, repositoryId, sets);
  return sets;
}

async function enterRepository(api: Api, root: string): Promise<string> {
  const body = { name: 'Sample file server', root, writable: false };
  const { id } = await answered(api.POST('/repositories', { body }));
  await until('the sample repository is within reach', async () => {
    const { unavailable, seenAt } = await answered(api.GET('/repositories/{id}', { params: { path: { id } } }));
    return (unavailable === null && seenAt !== null) || undefined;
  });
  return id;
}

/** Lists the repository, then has every point read that was not read by the listing itself. */
async function lookAndRead(api: Api, repositoryId: string, sets: SampleSets): Promise<void> {
  // A file is entered once it was seen to stand still: by the second look, when the first came too early.
  await until('every sample backup is listed', async () => {
    await discover(api, repositoryId);
    return (await allPoints(api, sets)).length === ARCHIVES || undefined;
  });
  for (const point of await allPoints(api, sets)) if (point.verdict === null) await check(api, point.id);
  await until('every sample backup is read', async () => {
    const points = await allPoints(api, sets);
    return points.every(({ verdict }) => verdict !== null) || undefined;
  });
}

/** A second look finds what is gone, and reading finds what was exchanged. */
async function lookAgain(api: Api, repositoryId: string, sets: SampleSets): Promise<void> {
  await discover(api, repositoryId);
  const changed = [archiveOf('documents', 3), archiveOf('intranet', 10)];
  const points = (await allPoints(api, sets)).filter(({ name }) => changed.includes(name));
  for (const { id } of points) await check(api, id);
  await until('the exchanged backups are found', async () => {
    const now = (await allPoints(api, sets)).filter(({ name }) => changed.includes(name));
    return now.every(({ verdict }) => verdict !== 'sound') || undefined;
  });
}

async function discover(api: Api, id: string): Promise<void> {
  const { jobId } = await answered(api.POST('/repositories/{id}/discover', { params: { path: { id } } }));
  await until('the sample repository is listed', async () => {
    const { state } = await answered(api.GET('/jobs/{id}', { params: { path: { id: jobId } } }));
    return state === 'completed' || state === 'failed' || undefined;
  });
}

const check = (api: Api, id: string) => answered(api.POST('/recovery-points/{id}/check', { params: { path: { id } } }));

async function allPoints(api: Api, sets: SampleSets) {
  const lists = Object.values(sets).map((id) =>
    answered(api.GET('/backup-sets/{id}/points', { params: { path: { id }, query: { limit: 100 } } })),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}
