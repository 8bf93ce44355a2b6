import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { sealSecret } from '../../secrets/sealed-secret.ts';
import { recordPassword } from './captured-set.store.ts';
import type { CaptureDefinition, CaptureSource } from './captured-set.ts';
import { isSameLogin } from './postgresql-source.ts';

/** What becomes of the password of a set's source. */
export interface PasswordChange {
  readonly setId: string;
  /** What the set was before; undefined: it is new. */
  readonly before: CaptureDefinition | undefined;
  readonly source: CaptureSource;
  /** Undefined: what is stored stays. */
  readonly password: string | null | undefined;
}

/**
 * Stores the password of a source, sealed for its set; one that nothing asks for any more is removed. One that was given for
 * one login is not sent to another: who may change a set need not know it.
 * @throws AppError `invalid` `password-not-asked-for`, `password-to-be-given-again`.
 */
export async function changePassword(
  tx: Tx,
  keyring: Keyring,
  { setId, before, source, password }: PasswordChange,
): Promise<void> {
  if (source.type !== 'postgresql') {
    if (typeof password === 'string') throw refused('password-not-asked-for', 'is for sources that ask for one');
    return recordPassword(tx, setId, null);
  }
  if (password !== undefined) {
    return recordPassword(tx, setId, password === null ? null : sealSecret(keyring, setId, password));
  }
  if (before?.hasPassword !== true) return;
  const isSame = before.source.type === 'postgresql' && isSameLogin(before.source, source);
  if (!isSame)
    throw refused('password-to-be-given-again', 'must be given again where host, port, user or sslMode change');
}

function refused(code: string, message: string): AppError {
  return new AppError('invalid', code, `The password ${message}`, { fields: [{ field: '#/password', message }] });
}
