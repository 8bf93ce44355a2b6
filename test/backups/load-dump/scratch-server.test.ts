import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startScratchServer } from '../../../src/backups/load-dump/load-dump.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { runAs } from '../../support/database.ts';
import { testLog } from '../../support/log.ts';
import { serverPrograms } from '../../support/server-programs.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';

const newDirectory = useDirectories();

/** Starts a server in a place of its own; answers its system identifier, which copies share, and what lies in it. */
async function live(directory: string, clusterTemplates: string) {
  const place = join(directory, newId().slice(-8));
  const server = await startScratchServer({
    ...(await serverPrograms()),
    ...{ clusterTemplates, dataDirectory: join(place, 'data'), logDirectory: join(place, 'log') },
    ...{ runtimeDirectory: directory, database: 'restored', startTimeoutSeconds: 60, log: testLog },
    signal: new AbortController().signal,
  });
  try {
    const connection = server.connection('restored', 'postgres');
    const [row] = (await runAs(connection, 'SELECT system_identifier::text AS id FROM pg_control_system()')) as {
      id: string;
    }[];
    await runAs(connection, 'CREATE TABLE left_behind ()');
    return row?.id;
  } finally {
    await server.stop('immediate');
  }
}

test('the second server is a copy of the first one before it was started, and a damaged copy is made anew', async () => {
  const directory = await newDirectory();
  const templates = join(directory, 'kept');
  const first = await live(directory, templates);
  const [name = '', ...others] = readdirSync(templates);
  expect(others).toEqual([]);
  expect(existsSync(join(templates, name, 'postmaster.pid'))).toBe(false);
  expect(await live(directory, templates)).toBe(first);
  truncateSync(join(templates, name, 'global', 'pg_control'), 100);
  const third = await live(directory, templates);
  expect(third).not.toBe(first);
  // What did not start is kept no longer; the next one is made, and kept.
  expect(readdirSync(templates)).toEqual([]);
});

test('two at once both get a server, and one cluster is kept', async () => {
  const directory = await newDirectory();
  const templates = join(directory, 'kept');
  const [one, other] = await Promise.all([live(directory, templates), live(directory, templates)]);
  expect(one).not.toBe(other);
  expect(readdirSync(templates)).toHaveLength(1);
});
