import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { openSession } from '../../../src/backups/database-session.ts';
import { dumpFormOf } from '../../../src/backups/load-dump/dump-form.ts';
import { loadDump, startScratchServer } from '../../../src/backups/load-dump/load-dump.ts';
import { loadScript } from '../../../src/backups/load-dump/load-script.ts';
import { findDumpTools, findServers } from '../../../src/backups/postgres-programs.ts';
import { requireIsolatedPrograms } from '../../../src/database/server/isolated-program.ts';
import { probeRunAs } from '../../../src/database/server/run-as.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../../support/database.ts';
import { testLog } from '../../support/log.ts';
import { sharedData } from '../../verification/support/shared-data.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';

const database = useDatabase();
const newDirectory = useDirectories();
const made: string[] = [];

afterAll(async () => {
  for (const name of made) await runAs(inject('cluster'), `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
});

async function newDatabase(): Promise<string> {
  const name = `load_${newId().replaceAll('-', '')}`;
  made.push(name);
  await runAs(inject('cluster'), `CREATE DATABASE "${name}"`);
  return name;
}

async function load(text: string | Buffer, signal = new AbortController().signal) {
  const name = await newDatabase();
  const path = join(await newDirectory(), 'dump.sql');
  writeFileSync(path, text);
  const said: string[] = [];
  const open = (to: string) => openSession({ ...database.superuser, database: to }, 'test', signal);
  const target = { open, database: name, serverVersion: '18.4' };
  const loaded = loadScript(path, target, { signal, say: (line) => said.push(line) });
  return { loaded, said, ask: (sql: string) => runAs({ ...database.superuser, database: name }, sql) };
}

test('rows of COPY, functions and comments come back; roles that are missing are made, and that is said', async () => {
  const role = `owner_${newId().slice(-12)}`;
  const { loaded, said, ask } = await load(`
CREATE TABLE t (a int, b text);
ALTER TABLE t OWNER TO ${role};
GRANT SELECT ON t TO ${role};
COPY t (a, b) FROM stdin;
1\tone
2\t\\N
\\.
CREATE FUNCTION two() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
`);
  expect(await loaded).toMatchObject({ rows: 2, commands: 5, madeRoles: [role] });
  expect(said).toEqual([`the role ${role} is not part of the dump: it was made, without a login`]);
  expect(await ask('SELECT a, b, two() FROM t ORDER BY a')).toEqual([
    { a: 1, b: 'one', two: 2 },
    { a: 2, b: null, two: 2 },
  ]);
  expect(await ask(`SELECT rolcanlogin FROM pg_roles WHERE rolname = '${role}'`)).toEqual([{ rolcanlogin: false }]);
  await ask('DROP TABLE t');
  await ask(`DROP ROLE ${role}`);
});

describe('the first error ends it, and says where', () => {
  test.for([
    {
      name: 'a statement that the server refuses, with its line and its words',
      text: 'SELECT 1;\n\nCREATE TABLE t (\n  a int,\n  b nothing\n);\n',
      error: {
        code: 'dump-statement-failed',
        message: /line 5: type "nothing" does not exist \(SQLSTATE 42704\), in: CREATE TABLE t/,
      },
    },
    {
      name: 'a row that does not fit, with its line',
      text: 'CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\ntwo\n\\.\n',
      error: { code: 'dump-statement-failed', message: /line 4: invalid input syntax for type integer: "two".*COPY t/ },
    },
    {
      name: 'a half dump',
      text: 'CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n',
      error: { code: 'dump-broken', message: /line 4: it ends inside the data of t, behind row 1/ },
    },
    {
      name: "another command of psql's own",
      text: 'SELECT 1;\n\\! touch /tmp/muster-was-here\n',
      error: { code: 'psql-command-refused', message: /\\! in line 2/ },
    },
    {
      name: 'a connection to elsewhere',
      text: '\\connect postgresql://elsewhere/db\n',
      error: { code: 'psql-command-refused', message: /line 1/ },
    },
    {
      name: 'an extension that is not there: no fault of the dump',
      text: 'CREATE EXTENSION there_is_none;\n',
      error: {
        kind: 'unavailable',
        code: 'extension-missing',
        message: /extension there_is_none \(line 1\), which the PostgreSQL 18\.4/,
      },
    },
  ])('$name', async ({ text, error }) => {
    const { loaded } = await load(text);
    await expect(loaded).rejects.toMatchObject({ ...error, message: expect.stringMatching(error.message) });
  });

  test('an abort stops it', async () => {
    const abort = new AbortController();
    const { loaded } = await load('SELECT pg_sleep(60);\n', abort.signal);
    abort.abort(new Error('enough'));
    await expect(loaded).rejects.toThrow('enough');
  });
});

test('a script that goes on in another database is followed there', async ({ skip }) => {
  const chinook = sharedData('samples', 'chinook.sql');
  if (chinook === undefined) return skip('the sample databases do not lie beside this checkout');
  made.push('chinook');
  const open = (to: string) => openSession({ ...database.superuser, database: to }, 'test');
  const said: string[] = [];
  const options = { signal: new AbortController().signal, say: (line: string) => said.push(line) };
  const loaded = await loadScript(chinook, { open, database: 'postgres', serverVersion: '18' }, options);
  expect(loaded.database).toBe('chinook');
  expect(said).toEqual(['line 28 of the dump goes on in the database chinook']);
  const [sum] = await runAs(
    { ...database.superuser, database: 'chinook' },
    'SELECT sum(total)::text AS total FROM invoice',
  );
  expect(sum).toEqual({ total: '2328.60' });
});

describe('an archive of pg_dump comes back through pg_restore', () => {
  test.for(['custom', 'directory'])('in the %s format', async (format, { skip }) => {
    const [tools] = await findDumpTools();
    const binaries = (await findServers()).find(({ major }) => major === tools?.major);
    if (tools === undefined || binaries === undefined) return skip('this machine has no pg_dump with its server');
    const directory = await newDirectory();
    const log = testLog;
    const signal = new AbortController().signal;
    const places = {
      dataDirectory: join(directory, 'data'),
      runtimeDirectory: directory,
      logDirectory: join(directory, 'log'),
    };
    const programs = { binaries, runAs: await probeRunAs({ binaries }) };
    const isIsolated = await requireIsolatedPrograms().then(
      () => true,
      () => false,
    );
    const server = await startScratchServer({
      ...{ ...programs, ...places, log, signal, database: 'source', startTimeoutSeconds: 60, isIsolated },
    });
    const path = join(directory, 'dump');
    try {
      const source = server.connection('source', 'postgres');
      await runAs(source, 'CREATE TABLE t AS SELECT generate_series(1, 1000) AS a');
      const from = ['-h', server.socketDirectory, '-p', String(server.port), '-U', 'postgres'];
      execFileSync(tools.pgDump.path, [`--format=${format}`, ...from, `--file=${path}`, 'source']);
      await runAs(source, 'CREATE DATABASE beside');
      const form = await dumpFormOf(path);
      const beside = { path, form, server, database: 'beside', serverVersion: '18', binDirectories: [] };
      await loadDump(beside, { signal, say: () => {} });
      expect(await runAs({ ...source, database: 'beside' }, 'SELECT count(*)::int FROM t')).toEqual([{ count: 1000 }]);
    } finally {
      await server.stop('immediate');
    }
    const form = await dumpFormOf(path);
    expect(form).toEqual({ kind: 'archive', serverMajor: tools.major, dumpMajor: tools.major });
    const name = await newDatabase();
    const target = { connection: (to: string) => ({ ...database.superuser, database: to }) };
    const dump = { path, form, server: target, database: name, serverVersion: '18', binDirectories: [] };
    expect(await loadDump(dump, { signal, say: () => {} })).toMatchObject({ database: name });
    expect(await runAs({ ...database.superuser, database: name }, 'SELECT count(*)::int FROM t')).toEqual([
      { count: 1000 },
    ]);
  });
});

test('an archive that needs a newer pg_restore says so: that is no fault of the backup', async () => {
  const path = join(await newDirectory(), 'dump');
  writeFileSync(path, '-- Dumped from database version 16.2\n');
  expect(await dumpFormOf(path)).toEqual({ kind: 'script', serverMajor: 16, dumpMajor: 0 });
  const server = { connection: () => database.superuser };
  const dump = { path, form: { kind: 'archive', serverMajor: 99, dumpMajor: 99 }, server, database: 'x' } as const;
  const options = { signal: new AbortController().signal, say: () => {} };
  await expect(loadDump({ ...dump, serverVersion: '18', binDirectories: [] }, options)).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'dump-tools-missing',
    message: expect.stringContaining('needs pg_restore 99 or newer'),
  });
});
