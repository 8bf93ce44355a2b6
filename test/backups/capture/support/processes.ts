import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes of this machine whose command line holds a text. */
export function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(text))
    .map(Number);
}

/** The id of the process that started this one. */
export function parentOf(pid: number): number {
  const afterName = read(`/proc/${pid}/stat`).split(') ').at(-1) ?? '';
  return Number(afterName.split(' ')[1]);
}

/** Empty for a process that is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
