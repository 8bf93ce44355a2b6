import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, open, realpath, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { AppError } from '../../kernel/errors.ts';

/** A script above this size is refused: it is no script. */
const SCRIPT_BYTES_MAX = 1024 ** 2;

/**
 * Copies a script of the drills' directory to a place of its own, from which it runs: what was judged is what is carried out.
 * @throws AppError `unprocessable` `no-such-script`, `script-not-executable`, `script-changed` with the digest that it has now.
 */
export async function takeScript(
  directory: string,
  { script, sha256 }: { readonly script: string; readonly sha256: string },
  target: string,
): Promise<void> {
  const bytes = await readScript(directory, script);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) {
    throw new AppError(
      'unprocessable',
      'script-changed',
      `drills/${script} is not the script that the definition means: its SHA-256 is ${actual}; write that into the definition if the change is wanted`,
    );
  }
  await writeFile(target, bytes, { flag: 'wx', mode: 0o500 });
  await chmod(target, 0o500);
}

async function readScript(directory: string, script: string): Promise<Buffer> {
  const refused = (code: string, why: string) => new AppError('unprocessable', code, `drills/${script} ${why}`);
  const root = await realpath(directory);
  const path = await realpath(join(root, script)).catch(() => undefined);
  if (path === undefined) throw refused('no-such-script', 'is not there');
  if (!path.startsWith(`${root}${sep}`)) throw refused('no-such-script', 'leads out of the drills’ directory');
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw refused('no-such-script', 'is no file');
    if ((found.mode & 0o111) === 0) throw refused('script-not-executable', 'is not executable: chmod +x');
    if (found.size > SCRIPT_BYTES_MAX) throw refused('no-such-script', `is larger than ${SCRIPT_BYTES_MAX} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
