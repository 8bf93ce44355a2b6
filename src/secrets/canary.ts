import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Keyring } from './keyring.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';

/** The sealed row of table `secret_canary` that proves, after a restore, that the key at hand opens the database's secrets. */
export interface CanaryRow {
  readonly id: string;
  readonly sealed: string;
}

/** A new canary under a keyring. */
export function sealCanary(keyring: Keyring): CanaryRow {
  const id = newId();
  return { id, sealed: sealSecret(keyring, recordIdOf(id), textOf(id)) };
}

/**
 * Opens the canary and compares what it holds with what was sealed.
 *
 * @throws AppError as {@link openSecret}, or `secret-altered` when it opens to another text.
 */
export function openCanary(keyring: Keyring, canary: CanaryRow): void {
  if (openSecret(keyring, recordIdOf(canary.id), canary.sealed) === textOf(canary.id)) return;
  throw new AppError(
    'unprocessable',
    'secret-altered',
    `The canary ${canary.id} opened to another text than was sealed`,
  );
}

const recordIdOf = (id: string) => `secret-canary/${id}`;
const textOf = (id: string) => `muster canary ${id}`;
