import { execFile } from 'node:child_process';
import { mkdtemp, open, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, type TestContext } from 'vitest';

const run = promisify(execFile);

/** An empty file system of a few megabytes, mounted until the test is over. Skips the test where nothing can be mounted. */
export async function smallDisk(context: TestContext, sizeMegabytes: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-t-'));
  onTestFinished(() => rmdir(directory));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m,mode=0700`, 'tmpfs', directory]).catch(() =>
    context.skip('only root can mount a small disk'),
  );
  onTestFinished(async () => {
    await run('umount', [directory]);
  });
  return directory;
}

/** Leaves no room on a disk. */
export async function fillDisk(directory: string): Promise<void> {
  const file = await open(join(directory, 'filler'), 'w');
  try {
    for (;;) await file.write(Buffer.alloc(64 * 1024));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  } finally {
    await file.close();
  }
}
