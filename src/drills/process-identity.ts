import { readFileSync, readlinkSync } from 'node:fs';

/** Whether a recorded process still runs. `unknown`: it cannot be told from here. */
export type ProcessState = 'alive' | 'dead' | 'unknown';

/**
 * A name for a running process that is never given twice: boot, process namespace, process id, start time. Where the
 * system does not tell these (no /proc), it is `unknown`, and only a lease can say that the process is gone.
 */
export function processIdentity(pid: number = process.pid): string {
  const startedAt = startTicksOf(pid);
  const place = placeOf();
  return startedAt === undefined || place === undefined ? 'unknown' : `${place}/${pid}/${startedAt}`;
}

/**
 * Whether the process that `processIdentity` named still runs. After a reboot it does not; in another process namespace
 * its id means nothing to us, so the answer is `unknown`.
 */
export function processStateOf(identity: string): ProcessState {
  const [bootId, namespace, pid, startedAt] = identity.split('/');
  const here = placeOf();
  if (here === undefined || startedAt === undefined) return 'unknown';
  const [ourBootId, ourNamespace] = here.split('/');
  if (bootId !== ourBootId) return 'dead';
  if (namespace !== ourNamespace) return 'unknown';
  return startTicksOf(Number(pid)) === startedAt ? 'alive' : 'dead';
}

function placeOf(): string | undefined {
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
    return `${bootId}/${namespace}`;
  } catch {
    return undefined;
  }
}

/** Clock ticks from boot to the start of a live process: field 22 of proc(5). A zombie does not count as live. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
