import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { killHolder, spawnHolder } from './holding.ts';
import { makeScratch, query, type Scratch, until } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(() => scratch.remove());

/** Files that initdb makes one after the other. */
const STAGES = ['.', 'postgresql.conf', 'global/pg_control', 'base/4/PG_VERSION'];

test('kill -9 while a cluster is made leaves nothing that looks like one, and the next attempt makes it', async () => {
  const dataDirectory = join(scratch.directory, 'interrupted');
  for (const stage of STAGES) await interrupt(stage, dataDirectory);
  await initCluster({ ...scratch, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(unfinished()).toEqual([]);
}, 60_000);

/** Kills the making of a cluster at this stage; where the machine was too busy to see it in time, at the next attempt. */
async function interrupt(stage: string, dataDirectory: string): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    // What the last round left must not be taken for this round's.
    const before = unfinished();
    const child = spawnHolder({ init: { dataDirectory } });
    try {
      await until(`initdb has made ${stage}`, 20, () => made(stage, before) || existsSync(dataDirectory));
    } finally {
      await killHolder(child);
    }
    if (!existsSync(dataDirectory)) return;
    rmSync(dataDirectory, { recursive: true });
  }
  throw new Error(`Five times the cluster was made before ${stage} was seen`);
}

function made(stage: string, before: readonly string[]): boolean {
  return unfinished().some((name) => !before.includes(name) && existsSync(join(scratch.directory, name, stage)));
}

function unfinished(): string[] {
  return readdirSync(scratch.directory).filter((name) => name.includes('interrupted.unfinished'));
}
