import { spawnSync } from 'node:child_process';

/** Enters a mount namespace of its own, where nothing that is mounted reaches anybody else. */
const UNSHARE = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount'];

/** The service on a machine that differs in what `prepare` (a shell command) mounts; undefined where that cannot be done. */
function commandAfter(prepare: string): readonly string[] | undefined {
  const [file = '', ...args] = UNSHARE;
  const trial = spawnSync(file, [...args, 'sh', '-c', prepare]);
  if (trial.status !== 0) return undefined;
  return [...UNSHARE, 'sh', '-c', `${prepare} && exec "$0" src/main.ts`, process.execPath];
}

/** Why a test that needs this is skipped. */
export const NO_MOUNT_NAMESPACE = 'this test needs a mount namespace, to hide programs from the service';

/** The service where `setpriv` does not work, so that PostgreSQL learns nothing of the death of its parent. */
export function commandWithoutParentDeath(): readonly string[] | undefined {
  return commandAfter('mount --bind /bin/false "$(command -v setpriv)"');
}

/** The service where a directory is empty. */
export function commandWithoutDirectory(directory: string): readonly string[] | undefined {
  return commandAfter(`mount -t tmpfs none '${directory}'`);
}
