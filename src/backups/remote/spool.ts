import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../kernel/log.ts';
import { openWorkDirectory, reapWorkDirectories, type WorkDirectory } from '../work-directory.ts';

/**
 * Makes a directory for files that are on their way between this machine and another one. What killed processes left there is
 * removed first; disposing removes this one.
 */
export async function openSpool(spoolRoot: string, log: Logger): Promise<WorkDirectory> {
  await mkdir(spoolRoot, { recursive: true, mode: 0o700 });
  await reapWorkDirectories(spoolRoot, log);
  return openWorkDirectory(spoolRoot, randomBytes(8).toString('hex'));
}
