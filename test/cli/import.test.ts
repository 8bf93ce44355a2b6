import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Installation, useInstallations } from '../system/installation.ts';
import { muster } from './cli.ts';

const newInstallation = useInstallations();
let installation: Installation;
let file: string;

beforeAll(async () => {
  installation = await newInstallation();
  file = join(installation.root, 'places.csv');
  expect((await muster(installation, ['migrate'])).code).toBe(0);
}, 120_000);

const run = (...args: string[]) => muster(installation, args);

describe('muster import', () => {
  it('says each line that is wrong as FILE:LINE:COLUMN, ends with 1 and changes nothing', async () => {
    await writeFile(file, 'Code,Label,Kind,Parent\nS1,Main site,site,\nB1,Bin,shelf,S2\n');
    const { code, stdout, stderr } = await run('import', 'locations', file, '--apply', '--map', 'name=Label');
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:3:Kind "shelf" must be one of site, room, rack, bin\n`);
    expect(stderr).toContain(`${file}:3:Parent there is no location "S2", neither here nor in the file\n`);
    expect(stdout).toMatch(/Wrong +1\nOutcome +nothing was changed/);
  });

  it('first only says what it would do, then does it, and an export comes back unchanged', async () => {
    await writeFile(file, 'code;name;kind;parent;colour\nS1;Main site;site;;red\nB1;Bin;bin;S1;\n');
    const dry = await run('import', 'locations', file, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([
      0,
      expect.stringMatching(/Left aside +colour\n[\s\S]*Create +2\n[\s\S]*nothing was changed/),
    ]);
    const done = await run('import', 'locations', file, '--apply', '--json');
    expect([done.code, done.json<{ state: string; creates: number }>()]).toMatchObject([
      0,
      { state: 'applied', creates: 2 },
    ]);
    const out = join(installation.root, 'out.csv');
    const gone = await run('export', 'locations', '--out', out);
    expect([gone.code, gone.stderr]).toEqual([0, expect.stringContaining(`2 rows of locations written to ${out}`)]);
    const [header, ...rows] = (await readFile(out, 'utf8')).split('\n');
    expect([header, ...rows.toSorted()]).toEqual([
      '\uFEFFcode,name,kind,parent',
      '',
      'B1,Bin,bin,S1',
      'S1,Main site,site,',
    ]);
    expect((await run('import', 'locations', out, '--apply')).stdout).toMatch(/Create +0\nUpdate +0\nUnchanged +2\n/);
  });

  it.each([
    [['import', 'locations', 'x.csv']],
    [['import', 'locations', 'x.csv', '--dry-run', '--apply']],
    [['import', 'cars', 'x.csv', '--dry-run']],
    [['import', 'locations', 'not-there.csv', '--dry-run']],
    [['import', 'locations', 'package.json', '--dry-run', '--map', 'colour=x']],
    [['export', 'cars']],
  ])('ends with 2 for %j', async (args) => {
    expect((await run(...args)).code).toBe(2);
  });
});
