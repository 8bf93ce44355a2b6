import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { killHolder, spawnHolder } from './holding.ts';
import { makeScratch, query, type Scratch, SUPERUSER, until } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(() => scratch.remove());

/** Files that initdb makes one after the other. */
const STAGES = ['.', 'postgresql.conf', 'global/pg_control', 'base/4/PG_VERSION'];

test('kill -9 while a cluster is made leaves nothing that looks like one, and the next attempt makes it', async () => {
  const dataDirectory = join(scratch.directory, 'interrupted');
  for (const stage of STAGES) {
    // What the last round left must not be taken for this round's.
    const before = unfinished();
    const child = spawnHolder({ init: { dataDirectory } });
    await until(`initdb has made ${stage}`, 20, () =>
      unfinished().some((name) => !before.includes(name) && existsSync(join(scratch.directory, name, stage))),
    );
    await killHolder(child);
    expect(existsSync(dataDirectory)).toBe(false);
  }
  await initCluster({ ...scratch, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(unfinished()).toEqual([]);
}, 60_000);

function unfinished(): string[] {
  return readdirSync(scratch.directory).filter((name) => name.includes('interrupted.unfinished'));
}
