import { Decrypter } from 'age-encryption';
import { AppError } from '../kernel/errors.ts';

/** A secret that opens age files. Printing it shows nothing of it. */
export class Identity {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Lets a decrypter of the age library use the secret. */
  lendTo(decrypter: Decrypter): void {
    decrypter.addIdentity(this.#secret);
  }
}

/**
 * The identities of a file as `age-keygen` writes it: one a line, empty lines and comments with `#` between them.
 *
 * @throws AppError `identity-malformed` naming the line (never what stands in it) or saying that there is none.
 */
export function parseIdentities(text: string): Identity[] {
  const identities: Identity[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const secret = line.trim();
    if (secret === '' || secret.startsWith('#')) continue;
    const identity = new Identity(secret);
    try {
      identity.lendTo(new Decrypter());
    } catch {
      // What the library says may quote the secret.
      throw malformed(`line ${index + 1} is no age identity (AGE-SECRET-KEY-1...)`);
    }
    identities.push(identity);
  }
  if (identities.length === 0) throw malformed('it holds no age identity');
  return identities;
}

function malformed(why: string): AppError {
  return new AppError('invalid', 'identity-malformed', `The identity file cannot be used: ${why}.`);
}
