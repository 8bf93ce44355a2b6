/** One entry of a tar archive made by hand: anything can be set, also what no honest writer would. */
export interface MadeEntry {
  readonly path: string;
  readonly data?: Buffer | string;
  readonly typeflag?: string;
  readonly target?: string;
  readonly mode?: number;
  /** The bytes of the size field, when they are to lie. */
  readonly sizeField?: Buffer | string;
  /** Magic and version. */
  readonly magic?: string;
  readonly prefix?: string;
  /** Changes the finished header before its checksum is made. */
  readonly edit?: (header: Buffer) => void;
}

const END_BLOCKS = Buffer.alloc(1024);

/** Header, data and padding of one entry. */
export function tarEntry(entry: MadeEntry): Buffer {
  const data = Buffer.from(entry.data ?? '');
  const header = Buffer.alloc(512);
  header.write(entry.path, 0, 100, 'utf8');
  header.write((entry.mode ?? 0o644).toString(8).padStart(7, '0'), 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  const size = entry.sizeField ?? `${data.length.toString(8).padStart(11, '0')}\0`;
  Buffer.from(size).copy(header, 124);
  header.write('15000000000\0', 136);
  header.write(entry.typeflag ?? '0', 156, 'latin1');
  header.write(entry.target ?? '', 157, 100, 'utf8');
  header.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  header.write(entry.prefix ?? '', 345, 155, 'utf8');
  entry.edit?.(header);
  writeChecksum(header);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A whole archive of these entries, with its end blocks. */
export function tarOf(...entries: readonly MadeEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), END_BLOCKS]);
}

/** A pax record, its length counted. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A pax header for the next entry (`x`), or for all that follow (`g`). */
export function paxEntry(records: Readonly<Record<string, string>>, typeflag: 'x' | 'g' = 'x'): MadeEntry {
  const data = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return { path: 'PaxHeaders/entry', typeflag, data };
}

/** Makes the checksum of a header fit again after an edit. */
export function writeChecksum(header: Buffer): void {
  header.fill(0x20, 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
