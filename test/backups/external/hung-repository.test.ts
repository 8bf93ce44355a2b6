import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RepositoryLister } from '../../../src/backups/external/repository-lister.ts';
import { eventually } from '../../system/eventually.ts';
import { told, useExternalWorld } from './support/external-world.ts';

const world = useExternalWorld();
const SILENT_MS_MAX = 1000;
let hanging: { readonly descriptor: number; readonly directory: string } | undefined;

/**
 * Mounts a file system that answers nothing, as a file server does that is gone: whoever asks it for something waits until
 * `answer`. Answers false where that cannot be done.
 */
function hang(directory: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync('/dev/fuse', 'r+');
  } catch {
    return false;
  }
  const how = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const stdio = ['ignore', 'ignore', 'ignore', descriptor] as const;
  const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', how, 'silent', directory], { stdio: [...stdio] });
  if (mounted.status !== 0) closeSync(descriptor);
  else hanging = { descriptor, directory };
  return mounted.status === 0;
}

/** Ends everything that waits for the file system: there is none any more. */
function answer(): void {
  if (hanging === undefined) return;
  closeSync(hanging.descriptor);
  spawnSync('umount', ['-l', hanging.directory]);
  hanging = undefined;
}

afterEach(answer);

describe('discovery of a repository whose file server does not answer', () => {
  it.for([
    { place: 'of which one directory hangs', path: 'hung' },
    { place: 'that hangs as a whole', path: '.' },
  ])(
    '$place ends, takes nothing for missing, and does not ask again before it is answered',
    async ({ path }, { skip }) => {
      const setId = await world.watch('**', { timeSource: 'mtime' });
      for (const name of ['a', 'hung/b', 'z']) await world.put(name);
      const lister = new RepositoryLister({ silentMsMax: SILENT_MS_MAX });
      await world.discover();
      const before = await world.points(setId);
      expect(before).toHaveLength(3);
      await mkdir(join(world.root, path), { recursive: true });
      if (!hang(join(world.root, path))) skip('no file system that hangs can be mounted here');
      // On a busy machine a listing can be late before it comes to what hangs: then it is made again.
      const reason = await eventually('what hangs is not asked again', 50, async () => {
        const found = await world.discover({ lister });
        expect(found.outcome).toBe('unavailable');
        return found.outcome === 'unavailable' && found.reason.includes('is not answered yet')
          ? found.reason
          : undefined;
      });
      expect(reason).toContain(world.root);
      expect(await world.points(setId)).toEqual(before);
      expect(await world.repository()).toMatchObject({ unavailable: expect.anything() });
      answer();
      const found = await eventually('it is listed again', 20, async () => {
        const { outcome } = await world.discover({ lister });
        return outcome === 'listed' || undefined;
      });
      expect(found).toBe(true);
      expect(await world.points(setId)).toEqual(before);
    },
  );
});

describe('a listing', () => {
  it('that is aborted ends its thread, and the next one is made', async () => {
    await world.watch('**', { timeSource: 'mtime' });
    for (let index = 0; index < 30; index += 1) await world.put(`${index}`);
    const lister = new RepositoryLister();
    const cut = new AbortController();
    const task = {
      ...{ root: world.root, apart: [], owned: [], withPoints: true },
      shapes: [{ pattern: '**', layout: 'file', timeSource: 'mtime', zone: 'UTC', digestSource: 'none' }] as const,
    };
    const cutOff = async () => {
      for await (const _ of lister.list(world.root, task, cut.signal)) cut.abort(new Error('cut off'));
    };
    await expect(cutOff()).rejects.toThrow('cut off');
    expect(told(await world.discoverSet({ lister })).registered).toHaveLength(10);
  });
});
