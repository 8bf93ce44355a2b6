import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';

/**
 * The passphrase in a file: its one line, without the end of the line.
 * @throws AppError `usage` `bad-passphrase-file` when it is missing or holds none or several lines; `unprocessable`
 * `passphrase-exposed` when others may read it.
 */
export async function readPassphrase(file: string): Promise<string> {
  requireFile('--passphrase-file', file);
  if (((await stat(file)).mode & OTHERS_BITS) !== 0) {
    const message = `The passphrase file ${file} is open to other users: run chmod 600 on it, and ask who could have read it`;
    throw new AppError('unprocessable', 'passphrase-exposed', message);
  }
  const [line = '', ...rest] = (await readFile(file, 'utf8')).split(/\r?\n/);
  if (line !== '' && rest.every((other) => other === '')) return line;
  throw new AppError('usage', 'bad-passphrase-file', `${file} must hold the passphrase on one line, and nothing else`);
}

const OTHERS_BITS = 0o077;

/** @throws AppError `usage` `no-such-file` naming the option. */
export function requireFile(option: string, file: string): void {
  if (!existsSync(file)) throw new AppError('usage', 'no-such-file', `${option}: there is no file ${file}`);
}
