import { runCommand } from './command.ts';

/** What `unshare` takes away: a program has its own of each of these, and no network. It ends with whoever started it. */
export const UNSHARED: readonly string[] = '--user --mount --pid --fork --kill-child=KILL --net --ipc --uts'.split(' ');

/** The exit status of what isolates a program, when it could not. */
export const ISOLATION_FAILED = 125;

/**
 * Shell functions for whoever makes a root of its own, standing in it: bound mounts, read-only ones, what they are put on, and
 * the devices that do no harm.
 */
export const BIND_MOUNTS = `
bind() { mount --bind "$1" "$2"; }
bind_ro() { mount -o bind,ro,nosuid,nodev "$1" "$2"; }
place() {
  if [ -e "$2" ]; then return; fi
  if [ -d "$1" ]; then mkdir -p "$2"; return; fi
  case $2 in */*) mkdir -p "\${2%/*}" ;; esac
  : > "$2"
}
devices() { for name in null zero full random urandom; do : > "dev/$name"; bind "/dev/$name" "dev/$name"; done; }
`;

/**
 * Why this machine cannot isolate a program; undefined when it can. Every program that isolates takes part, as one that is there
 * and does not work is as good as none.
 * @param unshared what `unshare` is told.
 */
export async function isolationFailure(unshared: readonly string[]): Promise<string | undefined> {
  const inside = ['setpriv', '--no-new-privs', '--bounding-set=-all', 'prlimit', '--core=0', 'mount', '--version'];
  const args = ['--pdeathsig', 'KILL', 'unshare', ...unshared, ...inside];
  const { status, stderr } = await runCommand({ file: 'setpriv', args }, 10);
  return status === 0 ? undefined : stderr.trim() || 'setpriv, unshare, prlimit or mount failed';
}
