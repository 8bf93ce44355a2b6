import { scaled, TEST_SEED } from '../../support/scale.ts';
import { flipped, overwritten, swapped } from './damage.ts';
import { noise } from './point-making.ts';
import { type Random, randomOf } from './random.ts';

export type DamageKind =
  | 'bit'
  | 'zeroed'
  | 'noisy'
  | 'swapped'
  | 'cut'
  | 'tail-lost'
  | 'garbage-appended'
  | 'zeros-appended'
  | 'emptied'
  | 'doubled'
  | 'spliced';

/** A half-open range of bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly endOffset: number;
}

/** One damaged copy of a sound file. */
export interface Damage {
  /** Says what was done and where, for the message of a failing test. */
  readonly name: string;
  readonly kind: DamageKind;
  /** Never equal to the sound bytes. */
  readonly bytes: Buffer;
  /**
   * Where the damage lies, as offsets of the damaged bytes: a cut is the empty range at the new end, two swapped blocks are
   * the hull of both. A finding that tells where the damage is has a range that touches this one.
   */
  readonly range: ByteRange;
  /** The named field that was hit, if one was aimed at. */
  readonly field?: string;
}

/** A field of a header: `length` bytes at `offset` of the sound file. */
export interface HeaderField {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** What is known of the sound file. All of it is optional: random places are always hit. */
export interface DamageOptions {
  /** Offsets at which a part of the format begins or ends; it is cut at each of them. */
  readonly boundaries?: readonly number[];
  /** One bit of every byte of every field is turned, of 600 bytes at most at scale 1. */
  readonly fields?: readonly HeaderField[];
  /** Another sound file of the same format: the second half of it is put behind the first half of this one. */
  readonly other?: Buffer;
  readonly seed?: number;
}

const BLOCK_SIZES = [512, 4096, 65_536];
const TAIL_BYTES = [1, 8, 22, 512, 1024];
const APPENDED_BYTES = [1, 22, 512, 65_536, 100_000];

/**
 * Every kind of damage that storage and mishap do to a file, one after the other: made when it is asked for, so that only one
 * copy is in memory. The numbers of random places grow with the test scale. Copies that would equal the sound file (a zeroed
 * block of zeros, two equal blocks swapped) are left out.
 */
export function* damagesOf(sound: Buffer, options: DamageOptions = {}): Generator<Damage, void> {
  const random = randomOf(options.seed ?? TEST_SEED);
  for (const damage of allDamages(sound, options, random)) {
    if (!damage.bytes.equals(sound)) yield damage;
  }
}

/**
 * Of each kind of damage one in so many at scale 1, and at least one; of the bits in fields one in `everyField` of each field.
 * For checks that cost too much to see them all each time.
 */
export function* oneIn(every: number, damages: Iterable<Damage>, everyField = every): Generator<Damage, void> {
  const counts = new Map<string, number>();
  for (const damage of damages) {
    const kind = damage.field ?? damage.kind;
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const stride = Math.max(1, Math.round((damage.field === undefined ? every : everyField) / scaled(1)));
    if (count % stride === 0) yield damage;
  }
}

function* allDamages(sound: Buffer, options: DamageOptions, random: Random): Generator<Damage, void> {
  yield* bitsInFields(sound, options.fields ?? [], random);
  yield* bitsAnywhere(sound, random);
  for (const blockBytes of BLOCK_SIZES) yield* blocks(sound, blockBytes, random);
  yield* cuts(sound, options.boundaries ?? [], random);
  yield* endings(sound);
  if (options.other !== undefined) yield spliced(sound, options.other);
}

/** At most this many bytes of fields are hit, drawn evenly from all of them, times the scale. */
const FIELD_BYTES_MAX = 600;

function* bitsInFields(sound: Buffer, fields: readonly HeaderField[], random: Random): Generator<Damage, void> {
  const places = fields.flatMap(({ name, offset, length }) =>
    Array.from({ length }, (_, index) => ({ name, at: offset + index })),
  );
  for (const { name, at } of random.sample(places, scaled(FIELD_BYTES_MAX))) {
    yield { ...bit(sound, at, random.below(8)), name: `a bit turned in ${name} at ${at}`, field: name };
  }
}

function* bitsAnywhere(sound: Buffer, random: Random): Generator<Damage, void> {
  if (sound.length === 0) return;
  for (let index = 0; index < scaled(100); index += 1) yield bit(sound, random.below(sound.length), random.below(8));
}

function bit(sound: Buffer, at: number, which: number): Damage {
  const range = { offset: at, endOffset: at + 1 };
  return { name: `bit ${which} turned at ${at}`, kind: 'bit', bytes: flipped(sound, at, which), range };
}

const NOISE_BYTES = 131_072;
let pool: Buffer | undefined;

/** A piece of noise that was made once: of very many blocks the making would be the cost. `from` is below `NOISE_BYTES`. */
function noiseOf(length: number, from: number): Buffer {
  pool ??= noise(2 * NOISE_BYTES, 1);
  return pool.subarray(from, from + length);
}

/** Blocks lie where a disk has them: at multiples of their size. */
function* blocks(sound: Buffer, blockBytes: number, random: Random): Generator<Damage, void> {
  const starts = Array.from({ length: Math.ceil(sound.length / blockBytes) }, (_, index) => index * blockBytes);
  for (const offset of random.sample(starts, scaled(12))) {
    const endOffset = Math.min(offset + blockBytes, sound.length);
    const length = endOffset - offset;
    const where = `${length} bytes at ${offset}`;
    const range = { offset, endOffset };
    yield { name: `${where} zeroed`, kind: 'zeroed', bytes: overwritten(sound, offset, length), range };
    const noisy = Buffer.from(sound);
    noiseOf(length, random.below(NOISE_BYTES)).copy(noisy, offset);
    yield { name: `${where} replaced by noise`, kind: 'noisy', bytes: noisy, range };
    const other = random.below(starts.length) * blockBytes;
    if (other !== offset && Math.max(offset, other) + blockBytes <= sound.length) {
      yield swap(sound, Math.min(offset, other), Math.max(offset, other), blockBytes);
    }
  }
}

function swap(sound: Buffer, first: number, second: number, blockBytes: number): Damage {
  return {
    name: `${blockBytes} bytes at ${first} swapped with those at ${second}`,
    kind: 'swapped',
    bytes: swapped(sound, first, second, blockBytes),
    range: { offset: first, endOffset: second + blockBytes },
  };
}

function* cuts(sound: Buffer, boundaries: readonly number[], random: Random): Generator<Damage, void> {
  const inside = boundaries.filter((at) => at > 0 && at < sound.length);
  const anywhere = Array.from({ length: scaled(40) }, () => random.below(Math.max(1, sound.length)));
  for (const at of new Set([...random.sample(inside, scaled(200)), ...anywhere])) yield cut(sound, at, 'cut');
  for (const lost of TAIL_BYTES) if (lost < sound.length) yield cut(sound, sound.length - lost, 'tail-lost');
}

function cut(sound: Buffer, at: number, kind: 'cut' | 'tail-lost'): Damage {
  const name = `cut at ${at}, ${sound.length - at} bytes lost`;
  return at === 0
    ? { name, kind: 'emptied', bytes: Buffer.alloc(0), range: { offset: 0, endOffset: 0 } }
    : { name, kind, bytes: Buffer.from(sound.subarray(0, at)), range: { offset: at, endOffset: at } };
}

function* endings(sound: Buffer): Generator<Damage, void> {
  for (const length of APPENDED_BYTES) {
    yield appended(sound, noiseOf(length, length), 'garbage-appended', `${length} bytes of noise appended`);
    yield appended(sound, Buffer.alloc(length), 'zeros-appended', `${length} zeros appended`);
  }
  yield cut(sound, 0, 'cut');
  yield appended(sound, sound, 'doubled', 'concatenated with itself');
}

function appended(sound: Buffer, more: Buffer, kind: DamageKind, name: string): Damage {
  const bytes = Buffer.concat([sound, more]);
  return { name, kind, bytes, range: { offset: sound.length, endOffset: bytes.length } };
}

function spliced(sound: Buffer, other: Buffer): Damage {
  const offset = Math.floor(sound.length / 2);
  const bytes = Buffer.concat([sound.subarray(0, offset), other.subarray(Math.floor(other.length / 2))]);
  const name = `spliced at ${offset} with another one`;
  return { name, kind: 'spliced', bytes, range: { offset, endOffset: bytes.length } };
}
