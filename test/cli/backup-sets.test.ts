import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../system/eventually.ts';
import { furnish } from '../system/furnished.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { type Service, startService } from '../system/service.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { muster } from './cli.ts';

const newInstallation = useInstallations();
const SET = ['--set', 'app-nightly'];
let installation: Installation;
let service: Service;

const cli = (...args: string[]) =>
  muster(installation, ['backup', ...args], { MUSTER_PORT: new URL(service.url).port });

interface SetRow {
  readonly name: string;
  readonly freshness: string;
  readonly unsoundCount: number;
}

interface Checked {
  readonly point: string;
  readonly check: { readonly verdict: string; readonly reason: string };
}

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  const root = join(installation.root, 'nightly');
  await mkdir(root);
  const sound = gzipSync(tarOf({ path: 'a', data: 'some text' }));
  await writeFile(join(root, 'app-20261127.tar.gz'), sound);
  await writeFile(join(root, 'app-20261128.tar.gz'), sound.subarray(0, sound.length - 9));
  service = await startService(installation);
  const { items } = await service.api.get<{ items: { id: string }[] }>('/teams?limit=1');
  const { id: repositoryId } = await service.api.post<{ id: string }>('/repositories', { name: 'nightly', root });
  await service.api.post('/backup-sets', {
    ...{ name: 'app-nightly', repositoryId, pattern: 'app-%Y%m%d.tar.gz', zone: 'UTC', settleSeconds: 1 },
    ...{ rpoSeconds: 315_360_000, ownerId: items[0]?.id },
  });
  await eventually('both points were read', 60, async () => {
    await service.api.post(`/repositories/${repositoryId}/discover`);
    const sets = await service.api.get<{ items: SetRow[] }>('/backup-sets');
    return sets.items.some(({ name, unsoundCount }) => name === 'app-nightly' && unsoundCount === 1) || undefined;
  });
}, 180_000);

describe('backups that another tool makes', () => {
  it('are listed with those of Muster; one damaged point is no good news', async () => {
    const { code, stdout } = await cli('sets');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^app-nightly +another tool +fresh +2026-11-27 00:00:00 UTC +2 +1 /m);
    expect(stdout).toMatch(/^muster-database +Muster +fresh .* 1 +0 /m);
    const { items } = (await cli('sets', '--json')).json<{ items: SetRow[] }>();
    expect(items.map(({ name }) => name).toSorted()).toEqual(['app-nightly', 'muster-database']);
  });

  it('show their points, by path', async () => {
    const { code, stdout } = await cli('points', ...SET);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^app-20261128\.tar\.gz +2026-11-28 .* damaged +structure/m);
    expect(stdout).toMatch(/^app-20261127\.tar\.gz +2026-11-27 .* sound +structure/m);
  });

  it('are read again on order, one or all, also for a build server', async () => {
    const one = await cli('check', 'app-20261127.tar.gz', ...SET, '--json');
    expect([one.code, one.json<Checked>().check]).toEqual([
      0,
      expect.objectContaining({ verdict: 'sound', reason: 'order' }),
    ]);
    const file = join(installation.root, 'checks.xml');
    const all = await cli('check', '--every', ...SET, '--junit', file, '--json');
    const checked = all.json<{ items: Checked[] }>().items.map(({ point, check }) => [point, check.verdict]);
    expect([all.code, checked]).toEqual([
      1,
      [
        ['app-20261128.tar.gz', 'damaged'],
        ['app-20261127.tar.gz', 'sound'],
      ],
    ]);
    const xml = await readFile(file, 'utf8');
    expect(xml).toMatch(/<testsuite name="app-nightly" tests="2" failures="1" errors="0"/);
    expect(xml).toMatch(
      /name="app-20261128\.tar\.gz" time="[\d.]+">\s*<failure message="[^"]*trailer[^"]*" type="damaged"/,
    );
    expect(xml).toMatch(/name="app-20261127\.tar\.gz" time="[\d.]+"\/>/);
  });

  it('have a plan that says of each what would go and why; Muster removes none of them', async () => {
    const shown = await cli('retention', 'app-nightly');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(
      /^keep +app-20261128\.tar\.gz +2026-11-28 .* damaged +it is damaged, and kept to be looked at$/m,
    );
    expect(shown.stdout).toMatch(/^keep +app-20261127\.tar\.gz +2026-11-27 .* sound +sound copy 1 of 7$/m);
    expect(shown.stdout).toMatch(/^app-nightly keeps 7 copies: 2 stay, 0 go after the next verified backup\.$/m);
    const own = (await cli('retention', '--json')).json<{ set: string; items: { action: string }[] }>();
    expect(own).toMatchObject({ set: 'muster-database', items: [{ action: 'keep', reason: 'sound copy 1 of 7' }] });
    const refused = await cli('retention', 'app-nightly', '--apply');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('neither takes nor removes them')]);
  });

  it('of Muster are thinned out on order, as its plan says', async () => {
    expect((await cli('take')).code).toBe(0);
    const { items } = await service.api.get<{ items: { id: string; name: string; version: number }[] }>('/backup-sets');
    const own = items.find(({ name }) => name === 'muster-database');
    const changed = await service.api.request('PATCH', `/api/v1/backup-sets/${own?.id}/retention`, {
      headers: { 'If-Match': `"${own?.version}"` },
      body: { minimumCopies: 1 },
    });
    expect(changed.status).toBe(200);
    const plan = (await cli('retention', '--json')).json<{ items: { name: string; action: string }[] }>();
    expect(plan.items.map(({ action }) => action)).toEqual(['keep', 'drop']);
    const applied = await cli('retention', '--apply');
    expect([applied.code, applied.stdout]).toEqual([0, `${plan.items[1]?.name} was removed\n`]);
    expect((await cli('retention', '--apply')).stdout).toBe('muster-database has nothing that goes\n');
  });

  it('cannot be read while their disk is away: the command says so, and does not wait for it', async () => {
    const root = join(installation.root, 'nightly');
    await rename(root, `${root}.away`);
    const { code, stdout } = await cli('check', 'app-20261127.tar.gz', ...SET);
    await rename(`${root}.away`, root);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^app-20261127\.tar\.gz: unverifiable\nunverifiable: repository unavailable\. .*nightly/);
  });

  it('are not taken by Muster, and its own are not pinged', async () => {
    const taken = await cli('take', ...SET);
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringContaining('Another tool makes the backups of app-nightly'),
    ]);
    const pinged = await cli('ping-url', '--set', 'muster-database');
    expect([pinged.code, pinged.stdout]).toEqual([1, '']);
    const both = await cli('check', 'app-20261127.tar.gz', '--every', ...SET);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('not both')]);
  });

  it('report to an address that is shown once, and whose token stands in no log', async () => {
    const { url } = (await cli('ping-url', ...SET, '--json')).json<{ url: string }>();
    expect((await fetch(`${url}/start`)).status).toBe(200);
    expect((await fetch(`${url}/success?size=0`)).status).toBe(200);
    expect((await fetch(`${url}/fail`, { method: 'POST', body: 'disk full' })).status).toBe(200);
    expect((await fetch(`${url}x/success`)).status).toBe(404);
    const sets = await service.api.get<{ items: (SetRow & { id: string })[] }>('/backup-sets');
    const id = sets.items.find(({ name }) => name === 'app-nightly')?.id;
    const { items } = await service.api.get<{ items: unknown[] }>(`/backup-sets/${id}/reports`);
    expect(items).toMatchObject([
      { kind: 'fail', logExcerpt: 'disk full' },
      { kind: 'success', sizeBytes: 0, verdict: 'damaged' },
      { kind: 'start' },
    ]);
    const secret = url.slice(url.lastIndexOf('/') + 1);
    expect(service.stderr() + service.stdout()).not.toContain(secret);
  });
});
