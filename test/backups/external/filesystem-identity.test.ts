import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSystemIdentity } from '../../../src/backups/external/filesystem-identity.ts';
import { requireAvailable } from '../../../src/backups/repository.identity.ts';

const run = promisify(execFile);

describe('a repository that Muster may not write into', () => {
  let base: string;
  let root: string;

  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'mfi-')));
    root = join(base, 'back ups');
    await mkdir(root);
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  const stored = async () => ({ root, identityKind: 'filesystem' as const, identity: await fileSystemIdentity(root) });

  it('is known again, also by another path to it', async () => {
    const repository = await stored();
    await requireAvailable(repository);
    await symlink(root, join(base, 'link'));
    await requireAvailable({ ...repository, root: join(base, 'link') });
  });

  it('is unavailable when it is gone, or another directory has its name', async () => {
    const repository = await stored();
    await rename(root, `${root}.old`);
    await expect(requireAvailable(repository)).rejects.toMatchObject({ code: 'repository-unavailable' });
    await mkdir(root);
    await expect(requireAvailable(repository)).rejects.toThrow(/another directory .*is the disk mounted/);
    await rm(root, { recursive: true });
    await rename(`${root}.old`, root);
    await requireAvailable(repository);
  });

  it('is unavailable while another disk is mounted over it, and while its own is not (skipped where nothing may be mounted)', async (context) => {
    const below = await stored();
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]).then(
      () => true,
      () => false,
    );
    if (!mounted) return context.skip('this process may not mount');
    const disk = await stored();
    try {
      await requireAvailable(disk);
      await expect(requireAvailable(below)).rejects.toMatchObject({ code: 'repository-unavailable' });
    } finally {
      await run('umount', [root]);
    }
    await requireAvailable(below);
    await expect(requireAvailable(disk)).rejects.toMatchObject({ code: 'repository-unavailable' });
  });
});
