import { getHashes, hash } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import type { ExpectedDigest } from '../verification/expected-file.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** A whole number from 1 to `max`. @throws AppError `usage`. */
export function wholeNumber(option: string, text: string, max: number): number {
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= max) return number;
  throw wrong(`${option} must be a whole number from 1 to ${max}, not ${text}.`);
}

/** Bytes per second: `5000000`, `5M`. @throws AppError `usage`. */
export function byteRate(option: string, text: string): number {
  const [, digits, unit = ''] = /^([0-9]{1,12})([KMG]?)$/i.exec(text) ?? [];
  const rate = Number(digits ?? 0) * (UNITS[unit.toUpperCase()] ?? 0);
  if (rate > 0) return rate;
  throw wrong(`${option} must be bytes per second, such as 50000000 or 50M, not ${text}.`);
}

/** `sha256:HEX`, or another digest that OpenSSL knows by that name. @throws AppError `usage`. */
export function digestGiven(text: string): ExpectedDigest {
  const [, name = '', hex = ''] = /^([A-Za-z0-9-]+):([0-9A-Fa-f]+)$/.exec(text) ?? [];
  const algorithm = name
    .toLowerCase()
    .replace(/^sha-/, 'sha')
    .replace(/^blake2b$/, 'blake2b512');
  if (!getHashes().includes(algorithm)) {
    throw wrong(`--digest must be ALGORITHM:HEX, such as sha256:9f86d081..., not ${text}.`);
  }
  const digits = hash(algorithm, '').length;
  if (hex.length === digits) return { algorithm, hex: hex.toLowerCase() };
  throw wrong(`--digest has ${hex.length} hexadecimal digits; ${algorithm} has ${digits}.`);
}

function wrong(message: string): AppError {
  return new AppError('usage', 'bad-options', message);
}
