import argon2 from '@node-rs/argon2';
import { AppError } from '../kernel/errors.ts';
import { newSecret } from '../kernel/ids.ts';

/** argon2id as OWASP advises (Password Storage Cheat Sheet): memory in KiB, passes, lanes. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each takes 19 MiB and a thread of the pool that files and names are read with: most of them are left to others. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 50;

let running = 0;
const waiting: (() => void)[] = [];
let decoy: Promise<string> | undefined;

/**
 * The PHC string that is stored in place of a password. Hashed in another thread.
 * @throws AppError `unavailable` `passwords-busy`.
 */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2.hash(password, COST));
}

/**
 * Whether the password is the one behind a stored hash. Where there is none it is compared with a hash of nobody's, so that
 * the time of an answer does not tell who has an account.
 * @throws AppError `unavailable` `passwords-busy`.
 */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= argon2.hash(newSecret(), COST);
  const nobodys = await decoy;
  const matches = await inTurn(() => argon2.verify(stored ?? nobodys, password));
  return matches && stored !== undefined;
}

/** Whether a stored hash was made at another cost than today's. */
export function isOutdated(stored: string): boolean {
  const { memoryCost, timeCost, parallelism } = argon2.parseOptions(stored);
  return memoryCost !== COST.memoryCost || timeCost !== COST.timeCost || parallelism !== COST.parallelism;
}

/** A flood of tries waits behind itself, not in front of everything else. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE_MAX) {
    if (waiting.length >= WAITING_MAX) throw tooBusy();
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function tooBusy(): AppError {
  return new AppError(
    'unavailable',
    'passwords-busy',
    'Too many passwords are being checked at this moment: try again in some seconds, or use a sign-in link',
  );
}
