import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { Header } from 'tar';
import { type RawName, rawBytes } from './raw-name.ts';

/** Tar is made of blocks of this size. */
export const BLOCK_BYTES = 512;

/** Names and targets from this length on, and those that are not UTF-8, go into a header of their own. */
const FIELD_BYTES = 100;

/** Stands in the field of a name that is in a header of its own. */
const ELSEWHERE = '././@LongName';

const TYPES = { file: 'File', directory: 'Directory', symlink: 'SymbolicLink', hardlink: 'Link' } as const;

/** What a header says. */
export interface TarHead {
  readonly type: keyof typeof TYPES;
  /** Without a slash at its end. */
  readonly raw: RawName;
  readonly stats: Stats;
  readonly sizeBytes: number;
  /** Links only. */
  readonly target?: RawName;
}

/** The last instant that a header of node-tar can say, in seconds, before 1970 and after. */
const SECONDS_MAX = 8_640_000_000_000;

/**
 * Writes tar headers by node-tar's encoder, which knows text only: names in bytes that are no text, and long ones, stand before
 * the header as GNU tar writes them (`L`, `K`), which every reader knows. Numbers that are too large, and times before 1970,
 * are in base 256.
 */
export class TarHeads {
  readonly #header = new Header();

  /** Bytes that the header takes, with those before it. */
  bytesFor({ raw, type, target }: Pick<TarHead, 'raw' | 'type' | 'target'>): number {
    return extraBytes(nameBytes(raw, type)) + (target === undefined ? 0 : extraBytes(rawBytes(target))) + BLOCK_BYTES;
  }

  /** Writes it at a place where there is room for {@link bytesFor}; answers where it ends. */
  write(block: Buffer, at: number, head: TarHead): number {
    const { type, stats, sizeBytes, target } = head;
    const name = nameBytes(head.raw, type);
    let end = this.#writeExtra(block, at, 'NextFileHasLongPath', name);
    const header = this.#header;
    if (target !== undefined) {
      const bytes = rawBytes(target);
      end = this.#writeExtra(block, end, 'NextFileHasLongLinkpath', bytes);
      header.linkpath = isField(bytes) ? bytes.toString('utf8') : ELSEWHERE;
    } else header.linkpath = '';
    header.type = TYPES[type];
    header.path = isField(name) ? name.toString('utf8') : ELSEWHERE;
    header.mode = stats.mode & 0o7777;
    header.uid = stats.uid;
    header.gid = stats.gid;
    header.size = sizeBytes;
    header.mtime = new Date(mtimeSeconds(stats) * 1000);
    return this.#encode(block, end);
  }

  #writeExtra(
    block: Buffer,
    at: number,
    type: 'NextFileHasLongPath' | 'NextFileHasLongLinkpath',
    bytes: Buffer,
  ): number {
    if (isField(bytes)) return at;
    const header = this.#header;
    header.type = type;
    header.path = '././@LongLink';
    header.linkpath = '';
    header.mode = 0o644;
    header.uid = 0;
    header.gid = 0;
    header.size = bytes.length + 1;
    header.mtime = new Date(0);
    const start = this.#encode(block, at);
    const end = start + padded(bytes.length + 1);
    block.fill(0, start, end);
    bytes.copy(block, start);
    return end;
  }

  #encode(block: Buffer, at: number): number {
    block.fill(0, at, at + BLOCK_BYTES);
    this.#header.encode(block, at);
    return at + BLOCK_BYTES;
  }
}

/** In whole seconds; far beyond every calendar it stops. */
export function mtimeSeconds({ mtimeMs }: Pick<Stats, 'mtimeMs'>): number {
  return Math.max(-SECONDS_MAX, Math.min(Math.floor(mtimeMs / 1000), SECONDS_MAX));
}

/** The length with the zeros behind it. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Directories end with a slash, the root is `./`. */
function nameBytes(raw: RawName, type: TarHead['type']): Buffer {
  return rawBytes(type === 'directory' ? `${raw || '.'}/` : raw);
}

function isField(bytes: Buffer): boolean {
  return bytes.length < FIELD_BYTES && isUtf8(bytes);
}

function extraBytes(bytes: Buffer): number {
  return isField(bytes) ? 0 : BLOCK_BYTES + padded(bytes.length + 1);
}
