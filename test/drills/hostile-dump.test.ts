import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { requireIsolatedPrograms } from '../../src/database/server/isolated-program.ts';
import { makeIsolatedPlaces, pinSocket } from '../../src/database/server/isolated-server.ts';
import type { Isolation } from '../../src/drills/script/isolation.ts';
import { useVerificationWorld } from '../backups/external/support/verification-world.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from './support/drilling.ts';
import { pointOfFile } from './support/point-of-file.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useVerificationWorld();
const drilling = useDrilling(() => world.database.service);
const canIsolate = await requireIsolatedPrograms().then(
  () => true,
  () => false,
);

let directory: string;
let listener: Server;
let calls = 0;
const bystanders: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-h-'));
  await writeFile(join(directory, 'key'), 'the key\n', { mode: 0o600 });
  listener = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  for (const bystander of bystanders) bystander.kill('SIGKILL');
  listener.close();
  await rm(directory, { recursive: true, force: true });
});

/** A dump that tries to get out of the server that it is loaded into, and tells in a table what it has reached. */
function hostileDump(bystander: number): string {
  const tries: readonly (readonly [string, string])[] = [
    ['a program', `COPY reached FROM PROGRAM 'echo "a program"'`],
    ['writes', `COPY reached FROM PROGRAM '(echo x > ${directory}/planted) && echo writes'`],
    ['writes by the server', `COPY reached TO '${directory}/planted-too'`],
    ['reads', `COPY reached FROM PROGRAM '(read x < ${directory}/key) && echo reads'`],
    ['reads by the server', `PERFORM pg_read_file('${directory}/key')`],
    ['lists', `PERFORM pg_ls_dir('${directory}')`],
    ['the machine', `COPY reached FROM PROGRAM '(read x < /etc/hostname) && echo "the machine"'`],
    ['kills', `COPY reached FROM PROGRAM '(kill -9 ${bystander}) && echo kills'`],
    [
      'calls',
      `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=${(listener.address() as AddressInfo).port}' PUBLICATION p WITH (create_slot = false)`,
    ],
    ['the old root', `COPY reached FROM PROGRAM '(cd /old/etc || cd /proc/1) && echo "the old root"'`],
  ];
  const blocks = tries.map(([what, statement]) => {
    const said = statement.startsWith('COPY reached FROM') ? '' : `INSERT INTO reached VALUES ('${what}');`;
    return `DO $try$ BEGIN ${statement}; ${said} EXCEPTION WHEN others THEN INSERT INTO refused VALUES ('${what}', SQLERRM); END $try$;`;
  });
  return [
    '--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.1\n',
    'CREATE TABLE public.reached (what text);',
    'CREATE TABLE public.refused (what text, why text);',
    ...blocks,
    '--\n-- PostgreSQL database dump complete\n--\n',
  ].join('\n');
}

/** Drills the dump; answers the run, and what it has reached. */
async function drillHostile(isolation: Isolation) {
  const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
  bystanders.push(bystander);
  const set = await pointOfFile(world, 'hostile.sql', Buffer.from(hostileDump(bystander.pid ?? 0)));
  const query = `SELECT coalesce(string_agg(what, ', ' ORDER BY what COLLATE "C"), 'nothing') FROM public.reached`;
  const drilled = await drilling.drill({
    recoveryPoint: { set: set.name, select: 'latest' },
    steps: [...FETCH_VERIFY_EXTRACT, { step: 'postgres', isolation }],
    validation: [{ check: 'sql', query, expect: { equals: 'a program' } }],
  });
  const reached =
    drilled.checks
      .find(({ kind }) => kind === 'sql')
      ?.actual.replaceAll('"', '')
      .split(', ') ?? [];
  return { ...drilled, reached, isBystanderAlive: bystander.exitCode === null && bystander.signalCode === null };
}

describe('a dump that is code', () => {
  test.skipIf(!canIsolate)('reaches nothing outside of the scratch server', async () => {
    const { run, reached, isBystanderAlive } = await drillHostile('namespaces');
    expect(run.statusReason).toBeNull();
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', cleanup: 'done' });
    expect(reached).toEqual(['a program']);
    expect(run.warnings.join()).not.toContain('without isolation');
    for (const name of ['planted', 'planted-too']) expect(existsSync(join(directory, name))).toBe(false);
    expect({ calls, isBystanderAlive }).toEqual({ calls: 0, isBystanderAlive: true });
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('reaches whatever Muster does without isolation, and the report says so', async () => {
    const before = calls;
    const { run, reached } = await drillHostile('none');
    expect(run.statusReason).toBeNull();
    const everywhere = ['a program', 'lists', 'reads', 'reads by the server', 'writes', 'writes by the server'];
    expect(reached).toEqual(expect.arrayContaining(everywhere));
    expect(calls).toBeGreaterThan(before);
    expect(run).toMatchObject({ validation: 'failed', cleanup: 'done' });
    expect(run.warnings).toContain('The scratch server ran without isolation: it could do whatever Muster can.');
  });
});

test('what a server puts in the place of its socket is not followed', async () => {
  const places = join(directory, 'socket');
  await mkdir(places);
  await makeIsolatedPlaces(places);
  await symlink(join(directory, 'key'), join(places, 's', '.s.PGSQL.5432'));
  await expect(pinSocket(places)).rejects.toMatchObject({ code: 'postgres-socket-replaced' });
  expect(existsSync(join(places, '.s.PGSQL.5432'))).toBe(false);
});
