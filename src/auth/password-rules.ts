import { AppError } from '../kernel/errors.ts';

/** Characters of a password, once it is normalised. */
const PASSWORD_LENGTH = { min: 12, max: 256 } as const;

/** Shorter names are in too many words. */
const NAME_LENGTH_MIN = 3;

/** Fewer different characters than this are a pattern, whatever the length. */
const DIFFERENT_CHARACTERS_MIN = 5;

/** What follows what in the mind of somebody who has no time to think. */
const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

/** Whose password it will be. */
interface PasswordOwner {
  readonly name: string;
  readonly email: string | null;
}

/**
 * The password in the one form that is hashed: the same characters are typed in different ways on different machines
 * (Unicode NFKC).
 */
export function normalPassword(text: string): string {
  return text.normalize('NFKC');
}

/**
 * Refuses a new password that is too short, or that a list of guesses begins with. What is asked for is length, not kinds of
 * characters (NIST SP 800-63B).
 * @param password in its normal form.
 * @throws AppError `invalid` `unfit-password`, naming `#/password`.
 */
export function requireFitPassword(password: string, owner: PasswordOwner): void {
  const problem = problemOf(password, owner);
  if (problem === undefined) return;
  throw new AppError('invalid', 'unfit-password', `The password ${problem}`, {
    fields: [{ field: '#/password', message: problem }],
  });
}

function problemOf(password: string, { name, email }: PasswordOwner): string | undefined {
  const characters = [...password.toLowerCase()];
  const { min, max } = PASSWORD_LENGTH;
  if (characters.length < min) return `must have at least ${min} characters: several words are a good password`;
  if (characters.length > max) return `must have at most ${max} characters`;
  const plain = lettersAndDigits(password);
  const own = [name, email?.split('@')[0] ?? ''].map(lettersAndDigits);
  if (own.some((text) => text.length >= NAME_LENGTH_MIN && plain.includes(text))) {
    return 'must not contain your name or e-mail address';
  }
  if (new Set(characters).size < DIFFERENT_CHARACTERS_MIN || isRepetition(characters)) {
    return 'must not repeat the same few characters';
  }
  return isSequence(characters) ? 'must not be a row of neighbouring characters' : undefined;
}

function lettersAndDigits(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Whether it is one piece, written down again and again, the last time perhaps not to its end. */
function isRepetition(characters: readonly string[]): boolean {
  const longest = Math.floor(characters.length / 2);
  return Array.from({ length: longest }, (_none, index) => index + 1).some((length) =>
    characters.every((character, index) => index < length || character === characters[index - length]),
  );
}

/** Whether most characters follow from the one before, in either direction. */
function isSequence(characters: readonly string[]): boolean {
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  const following = pairs.filter((pair) => SEQUENCES.some((row) => row.includes(pair) || row.includes(reversed(pair))));
  return following.length * 2 > pairs.length;
}

const reversed = (pair: string) => [...pair].toReversed().join('');
