import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { killHolder, spawnHolder } from './holding.ts';
import { makeScratch, query, type Scratch, SUPERUSER } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(() => scratch.remove());

test('kill -9 while a cluster is made leaves nothing that looks like one, and the next attempt makes it', async () => {
  const dataDirectory = join(scratch.directory, 'interrupted');
  for (const milliseconds of [60, 200, 350, 500]) {
    const child = spawnHolder({ init: { dataDirectory } });
    await once(child.stdout, 'data');
    await delay(milliseconds);
    await killHolder(child);
    expect(existsSync(dataDirectory)).toBe(false);
  }
  await initCluster({ ...scratch, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(readdirSync(scratch.directory).filter((name) => name.includes('unfinished'))).toEqual([]);
});
