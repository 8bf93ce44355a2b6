import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import { parseIdentities } from '../verification/age-identities.ts';
import { requireFile } from './passphrase-file.ts';

/** No identity file is larger; a larger one is something else. */
const IDENTITY_BYTES_MAX = 1_048_576;

/**
 * The text of a file with age identities, found to hold some.
 * @throws AppError `usage` `no-such-file` or `bad-identity-file` naming the line, never what stands in it.
 */
export async function readIdentityText(option: string, file: string): Promise<string> {
  requireFile(option, file);
  const found = await stat(file);
  if (!found.isFile() || found.size > IDENTITY_BYTES_MAX) {
    throw new AppError('usage', 'bad-identity-file', `${option}: ${file} is no identity file`);
  }
  const text = await readFile(file, 'utf8');
  try {
    parseIdentities(text);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new AppError('usage', 'bad-identity-file', `${option} ${file}: ${thrown.message}`);
  }
  return text;
}
