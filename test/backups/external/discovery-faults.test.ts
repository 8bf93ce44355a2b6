import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { beginDiscovery, holdDiscovery } from '../../../src/backups/external/discovery.store.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { fixedClock } from '../../support/clock.ts';
import { scaled } from '../../support/scale.ts';
import { withoutRoot } from '../../support/without-root.ts';
import { told, useExternalWorld } from './support/external-world.ts';

const execute = promisify(execFile);
const world = useExternalWorld();

describe('discovery among hostile names and links', () => {
  it('takes a name as it is, whatever stands in it', async () => {
    const setId = await world.watch('**/*.dump', { timeSource: 'mtime' });
    const names = [
      'a\nb',
      "'; DROP TABLE x; --",
      '$(touch x)',
      '%Y%m',
      '文件😀',
      '\u202egpj',
      '{"a":1}',
      '\\x41',
      '\u007f',
      '"',
    ];
    for (const name of [...names, 'd/\t/e', 'n'.repeat(250)]) await world.put(`${name}.dump`);
    expect((await world.discoverSet()).registered.count).toBe(12);
    const found = (await world.points(setId)).map(({ name }) => name);
    expect(found.toSorted()).toEqual([...names, 'd/\t/e', 'n'.repeat(250)].map((name) => `${name}.dump`).toSorted());
    expect(await world.discoverSet()).toMatchObject({ isUnchanged: true });
  });

  it('passes over names that are not UTF-8 or too long for the catalogue, and says how many', async () => {
    const setId = await world.watch('**', { timeSource: 'mtime' });
    await world.put('good');
    await writeFile(Buffer.concat([Buffer.from(`${world.root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    await mkdir(Buffer.concat([Buffer.from(`${world.root}/dir-`), Buffer.from([0xc3, 0x28])]));
    const deep = Array.from({ length: 9 }, () => 'd'.repeat(240)).join('/');
    await world.put(`${deep}/far`);
    const { passedOver, registered } = await world.discoverSet();
    expect(registered).toEqual({ count: 1, first: ['good'] });
    expect(passedOver.name?.count).toBe(3);
    expect(passedOver.name?.first).toEqual(
      expect.arrayContaining(['bad-\\xff\\xfe', 'dir-\\xc3(', expect.stringContaining('dddd')]),
    );
    expect(await world.points(setId)).toHaveLength(1);
  });

  it('follows no link, wherever it points, and takes nothing that is not a file', async () => {
    const setId = await world.watch('**', { timeSource: 'mtime' });
    await world.put('dir/real.dump');
    await world.put('../outside/secret');
    await symlink('dir/real.dump', join(world.root, 'latest'));
    await symlink('../outside', join(world.root, 'out'));
    await symlink('../outside/secret', join(world.root, 'dir/secret'));
    await symlink('.', join(world.root, 'dir/loop'));
    await execute('mkfifo', [join(world.root, 'pipe')]);
    const { passedOver, registered } = await world.discoverSet();
    expect(registered).toEqual({ count: 1, first: ['dir/real.dump'] });
    expect(passedOver).toEqual({
      link: { count: 4, first: ['dir/loop', 'dir/secret', 'latest', 'out'] },
      special: { count: 1, first: ['pipe'] },
    });
    await rename(join(world.root, 'dir'), join(world.root, '../outside/dir'));
    await symlink('../outside/dir', join(world.root, 'dir'));
    expect(told(await world.discoverSet()), 'a directory that became a link').toEqual({ missing: ['dir/real.dump'] });
    expect(await world.points(setId)).toHaveLength(1);
  });

  it('calls nothing missing that lies where it may not look', async () => {
    const file = await world.watch('a/**', { timeSource: 'mtime' });
    const group = await world.watch('**/x-%Y%m%d.*', { layout: 'files' });
    const directory = await world.watch('a/*', { layout: 'directory', timeSource: 'mtime' });
    for (const path of ['a/open/f', 'a/closed/f', 'a/closed/in/f', 'a/half/in/f', 'b/x-20260101.a'])
      await world.put(path);
    await world.put('a/closed/x-20260101.b');
    await world.discover();
    await rm(join(world.root, 'a/open/f'));
    const closed = [join(world.root, 'a/closed'), join(world.root, 'a/half/in')];
    await Promise.all(closed.map((path) => execute('chmod', ['0', path])));
    await execute('chmod', ['755', join(world.root, '..')]);
    const found = await withoutRoot(() => world.discover());
    await Promise.all(closed.map((path) => execute('chmod', ['755', path])));
    expect(found).toMatchObject({ outcome: 'listed', sets: [{}, {}, {}] });
    const sets = found.outcome === 'listed' ? found.sets : [];
    expect(sets.map((set) => [set.setId, told(set)])).toEqual([
      [file, { missing: ['a/open/f'] }],
      [group, {}],
      [directory, { changed: ['a/open'] }],
    ]);
    expect(sets[0]?.passedOver.unreadable).toEqual({ count: 2, first: ['a/closed', 'a/half/in'] });
    const again = await world.discover();
    expect(again.outcome === 'listed' ? again.sets.map(told) : []).toEqual([{}, {}, {}]);
  });
});

describe('discovery of a repository that is not there', () => {
  it('changes nothing but that it is away, says so once, and takes it back', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump');
    await world.discover();
    const before = await world.points(setId);
    const { seenAt } = await world.repository();
    await rename(world.root, `${world.root}.away`);
    expect(await world.discover()).toMatchObject({ outcome: 'unavailable' });
    await mkdir(world.root);
    expect(await world.discover(), 'the directory below a disk').toMatchObject({ outcome: 'unavailable' });
    const away = await world.repository();
    expect(away.unavailable?.reason).toContain('ENOENT');
    expect(away.seenAt).toEqual(seenAt);
    expect(await world.points(setId)).toEqual(before);

    await rm(world.root, { recursive: true });
    await rename(`${world.root}.away`, world.root);
    expect(told(await world.discoverSet())).toEqual({});
    expect(await world.repository()).toMatchObject({ unavailable: undefined });
  });

  it('takes nothing for missing or altered when it goes away while it is listed', async () => {
    const setId = await world.watch('**', { timeSource: 'mtime' });
    for (const directory of ['d0', 'd1', 'd2']) await mkdir(join(world.root, directory));
    for (let index = 0; index < 1200; index += 1) writeFileSync(join(world.root, `d${index % 3}/${index}`), 'x');
    await world.discover();
    const before = await world.points(setId);
    await world.put('d0/new');
    const away = `${world.root}.away`;
    const swap = () => {
      renameSync(world.root, away);
      mkdirSync(join(world.root, 'd2'), { recursive: true });
      writeFileSync(join(world.root, 'd2/2'), 'of another disk');
    };
    // The clock is asked when a walk begins and after each chunk of it, in both passes.
    for (const at of [1, 2, 3, 4, 5, 6]) {
      expect(await world.discover({ clock: clockThat(at, swap) }), `at ${at}`).toMatchObject({
        outcome: 'unavailable',
      });
      await rm(world.root, { recursive: true });
      await rename(away, world.root);
      const points = await world.points(setId);
      expect(
        points.filter(({ name }) => name !== 'd0/new'),
        `at ${at}`,
      ).toEqual(before);
    }
    await world.discover();
    expect(await world.points(setId)).toHaveLength(1201);
    expect((await world.repository()).unavailable).toBeUndefined();
  });
});

describe('discovery that is cut off, or is not alone', () => {
  it('leaves whole points wherever it ends, and the next one goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (at) => {
        const setId = await world.watch('*', { layout: 'directory', timeSource: 'mtime' });
        const names = Array.from({ length: 25 }, (_, index) => `${setId.slice(-12)}-${index}`);
        for (const name of names) for (const file of ['a', 'b', 'c']) await world.put(`${name}/${file}`);
        const cut = new AbortController();
        await world
          .discover({ signal: cut.signal, clock: clockThat(at, () => cut.abort(new Error('cut off'))) })
          .catch((thrown) => expect(thrown).toMatchObject({ message: 'cut off' }));
        const files =
          'SELECT point_id FROM recovery_point_file f JOIN recovery_point p ON p.id = f.point_id WHERE p.set_id = $1';
        expect(await world.db.rows(files, [setId])).toHaveLength(3 * (await world.points(setId)).length);
        const { outcome } = await world.discover();
        expect(outcome).toBe('listed');
        expect((await world.points(setId)).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
        await world.db.execute(`UPDATE backup_set SET retired_at = now(), retired_reason = 'over' WHERE id = $1`, [
          setId,
        ]);
      }),
      { numRuns: scaled(8) },
    );
  });

  it('takes turns: of many at once one works, and each point is registered once', async () => {
    const setId = await world.watch('*.dump');
    for (let index = 0; index < 200; index += 1) await world.put(`${index}.dump`);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => world.discover()));
    const listed = outcomes.flatMap((found) => (found.outcome === 'listed' ? found.sets : []));
    expect(outcomes.every(({ outcome }) => outcome === 'listed' || outcome === 'busy')).toBe(true);
    expect(listed.reduce((sum, { registered }) => sum + registered.count, 0)).toBe(200);
    expect(await world.points(setId)).toHaveLength(200);
    expect((await world.audited('recovery-point.discover')).filter(({ set }) => set === setId)).toHaveLength(1);
  });

  it('takes over from one that has been silent for a minute, which then writes nothing any more', async () => {
    const { id } = await world.repository();
    await world.watch('*');
    const dead = await beginDiscovery(world.db, id, newId());
    if (dead === undefined) throw new Error('the repository is busy');
    await world.put('a');
    expect(await world.discover()).toEqual({ outcome: 'busy' });
    await world.db.execute(`UPDATE repository_discovery SET heartbeat_at = now() - interval '61 s'`);
    expect(await world.discoverSet()).toMatchObject({ registered: { count: 1 } });
    await expect(holdDiscovery(world.db, dead)).rejects.toMatchObject({ code: 'discovery-superseded' });
  });

  it('holds a bounded part of a large repository in memory', async () => {
    await world.watch('**', { timeSource: 'mtime' });
    const count = scaled(20_000);
    for (let index = 0; index < count; index += 1) {
      if (index % 1000 === 0) mkdirSync(join(world.root, `${index / 1000}`));
      writeFileSync(join(world.root, `${Math.floor(index / 1000)}/a-name-as-backups-have-them-${index}.dump`), 'x');
    }
    let peak = 0;
    const look = () => {
      collectGarbage();
      peak = Math.max(peak, process.memoryUsage().heapUsed);
    };
    const measured = async () => {
      peak = 0;
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      const outcome = await world.discoverSet({ clock: clockThat('always', look) });
      return { outcome, perFile: (peak - before) / count };
    };
    const first = await measured();
    expect(first.outcome.registered.count).toBe(count);
    // Held until the end, found points take about 750 bytes each; what is kept of each is an id.
    expect(first.perFile).toBeLessThan(400);
    const unchanged = await measured();
    expect(unchanged.outcome.isUnchanged).toBe(true);
    expect(unchanged.perFile).toBeLessThan(150);
  });
});

/** A clock two hours ahead that does something the n-th time that it is asked. */
function clockThat(at: number | 'always', act: () => void): Clock {
  const { now } = fixedClock(Temporal.Now.instant().add({ hours: 2 }).toString());
  let asked = 0;
  return {
    now: () => {
      if (at !== 'always') count();
      return now();
    },
    monotonicMs: () => {
      count();
      return 0;
    },
  };
  function count() {
    asked += 1;
    if (at === 'always' || at === asked) act();
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
