import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLE_SETS, SAMPLE_STOCK } from '../../src/composition/samples/sample-names.ts';
import { samplePlacesIn } from '../../src/composition/samples/sample-places.ts';
import { type Api, answered, until } from './api.ts';
import { flipByte } from './archives.ts';
import { instantIn } from './days.ts';
import type { SamplePeople } from './people.ts';

/** Waits until the sample data of the shipped drills is there. The damaged copy is the last that is made of it. */
export async function awaitSamples(dataDirectory: string): Promise<void> {
  const { repository } = samplePlacesIn(dataDirectory);
  await until('the sample data of the drills is made', async () => {
    const isMade = await stat(join(repository, 'damaged')).then(
      () => true,
      () => false,
    );
    return isMade || undefined;
  });
}

/**
 * A history of runs: most pass, one finds its backup damaged, one finds that its spare is promised to somebody else.
 */
export async function rehearse(
  api: Api,
  { operator }: SamplePeople,
  dataDirectory: string,
  say: (line: string) => void,
): Promise<void> {
  for (const drill of ['sqlite-database', 'file-tree', 'postgres-dump', 'reinstallation', 'damaged-backup']) {
    say(`  ${drill}: ${await runDrill(api, drill)}`);
  }
  await damageNewestPoint(dataDirectory);
  await promiseSpare(api, operator);
  for (const drill of ['sqlite-database', 'reinstallation', 'file-tree', 'postgres-dump']) {
    say(`  ${drill}: ${await runDrill(api, drill)}`);
  }
}

/** Starts a run that goes on when the console is opened. */
export const startDrill = (api: Api, name: string) =>
  answered(api.POST('/drills/{name}/run', { params: { path: { name } } }));

async function runDrill(api: Api, name: string): Promise<string> {
  const { runId } = await startDrill(api, name);
  const run = await until(`the drill ${name} has ended`, async () => {
    const found = await answered(api.GET('/drill-runs/{id}', { params: { path: { id: runId } } }));
    return ['queued', 'running'].includes(found.status) ? undefined : found;
  });
  return `procedure ${run.procedure?.outcome}, availability ${run.availability?.outcome}`;
}

/** A byte of the newest backup of the SQLite database changes on the disk: the next drill of it finds that. */
async function damageNewestPoint(dataDirectory: string): Promise<void> {
  const directory = join(samplePlacesIn(dataDirectory).repository, SAMPLE_SETS.sqlite);
  const newest = (await readdir(directory)).sort().at(-1);
  if (newest === undefined) throw new Error(`there is no backup in ${directory}`);
  const files = (await readdir(join(directory, newest))).filter((name) => !name.endsWith('.json'));
  for (const name of files) await flipByte(join(directory, newest, name));
}

/** The one spare of the licensed server is kept for somebody: the next drill of it finds too little. */
async function promiseSpare(api: Api, operator: string): Promise<void> {
  await answered(
    api.POST('/checkouts', {
      body: {
        ...{ purpose: 'maintenance', holder: { kind: 'person', id: operator }, dueAt: instantIn(7) },
        ...{ note: 'Sample: so that a drill finds too little', lines: [{ assetTag: SAMPLE_STOCK.serial }] },
      },
    }),
  );
}
