import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';

/** Writes a generated file; with `--check` on the command line it only compares, and a difference is exit status 1. */
export async function keepUpToDate(path: string, content: string, command: string): Promise<void> {
  const name = relative(process.cwd(), path);
  if (!process.argv.includes('--check')) {
    await writeFile(path, content);
    console.log(`${name} written`);
    return;
  }
  const committed = await readFile(path, 'utf8').catch(() => '');
  if (committed === content) return;
  console.log(`${name} is not up to date: ${firstDifference(committed, content)}. Run \`${command}\`.`);
  process.exitCode = 1;
}

function firstDifference(committed: string, generated: string): string {
  const old = committed.split('\n');
  const fresh = generated.split('\n');
  const index = fresh.findIndex((line, at) => line !== old[at]);
  if (index < 0) return `it has ${old.length - fresh.length} lines too many`;
  return `line ${index + 1} is ${JSON.stringify(old[index] ?? 'missing')}, should be ${JSON.stringify(fresh[index])}`;
}
