import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory on a disk of its own of the given size; undefined where this process may not mount one. */
export function mountSmallDisk(sizeKiB: number): string | undefined {
  const parent = mkdtempSync(join(tmpdir(), 'muster-d-'));
  const directory = join(parent, 'disk');
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    rmSync(parent, { recursive: true });
    return undefined;
  }
  afterAll(() => {
    unmount(directory);
    rmSync(parent, { recursive: true });
  });
  return directory;
}

/** Takes a disk away; what uses it keeps it alive until it closes its files. */
function unmount(directory: string): void {
  try {
    execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
  } catch {
    // It is not mounted any more.
  }
}
