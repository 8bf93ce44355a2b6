import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type Installation, processesBelow, useInstallations } from '../system/installation.ts';
import { muster } from './cli.ts';
import { runHosted } from './command-host.ts';

const newInstallation = useInstallations();
let installation: Installation;

beforeAll(async () => {
  installation = await newInstallation();
});

it('what is set for one command line is gone with it', async () => {
  const refused = await muster(installation, ['token', 'list'], { MUSTER_PROT: '7300' });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('MUSTER_PROT is not known')]);
  const schema = await muster(installation, ['drill', 'schema']);
  expect([schema.code, schema.stderr]).toEqual([0, '']);
});

it('one that makes a database leaves none running', async () => {
  expect((await muster(installation, ['migrate'])).code).toBe(0);
  expect(await processesBelow(installation.root)).toEqual([]);
});

it('commands that are given at once are carried out one after the other, each with its own answer', async () => {
  const [schema, unknown] = await Promise.all([
    muster(installation, ['drill', 'schema']),
    muster(installation, ['drill', 'run', 'nothing', '--json']),
  ]);
  expect([schema.code, schema.json()]).toEqual([0, expect.objectContaining({ properties: expect.anything() })]);
  expect([unknown.code, unknown.stdout]).toEqual([2, '']);
});

it('one that does not end is killed, and the next one is carried out', async () => {
  const large = join(installation.root, 'large');
  await writeFile(large, '');
  await truncate(large, 60_000_000_000);
  expect(await runHosted(['manifest', 'create', large], {}, 2)).toMatchObject({ code: null, stdout: '' });
  await truncate(large, 1);
  expect(await runHosted(['manifest', 'create', large], {}, 60)).toMatchObject({ code: 0 });
});
