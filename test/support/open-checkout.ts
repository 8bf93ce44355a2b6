import { spawnSync } from 'node:child_process';
import { NOBODY } from './without-root.ts';

/** Why a test is skipped that needs the programs of this checkout as another user. */
export const CLOSED_CHECKOUT = 'other users cannot get to this checkout: a directory above it is closed to them';

/** Whether another user can run the Node of this checkout: not where it lies below somebody's 0700 directory. Ask as root. */
export function isOpenToOthers(): boolean {
  return spawnSync(process.execPath, ['-e', ''], { uid: NOBODY, cwd: '/' }).status === 0;
}
