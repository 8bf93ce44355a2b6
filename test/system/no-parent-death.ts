import { spawnSync } from 'node:child_process';

const HIDE_SETPRIV = 'mount --bind /bin/false "$(command -v setpriv)"';

/** Enters a mount namespace of its own, where nothing that is mounted reaches anybody else. */
const unshareMounts = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount'];

/**
 * The service on a machine whose `setpriv` does not work, so that PostgreSQL learns nothing of the death of its parent;
 * undefined where such a machine cannot be simulated.
 */
export function commandWithoutParentDeath(): readonly string[] | undefined {
  const trial = spawnSync(unshareMounts[0] ?? '', [
    ...unshareMounts.slice(1),
    'sh',
    '-c',
    `${HIDE_SETPRIV} && ! setpriv --version`,
  ]);
  if (trial.status !== 0) return undefined;
  return [...unshareMounts, 'sh', '-c', `${HIDE_SETPRIV} && exec "$0" src/main.ts`, process.execPath];
}
