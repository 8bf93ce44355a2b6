/** What an archive says of an entry that begins. */
export interface OpenedEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo' | 'other';
  /** Bytes of data that follow. */
  readonly sizeBytes: number;
  /** Links of a tar; the target of a link in a zip is its data. */
  readonly target?: string;
  /** Undefined: it is not known when the entry begins. */
  readonly mode?: number;
  /** When it was changed last, in whole seconds of the epoch; undefined: the archive does not say, or only at its end. */
  readonly mtimeSeconds?: number;
  /** The data is a map and pieces of the file. */
  readonly sparse?: boolean;
}

/**
 * Takes what is in a file while it is walked: for whoever unpacks it. Must be quick. What it throws, the walk throws.
 *
 * Nothing is given any more from the first finding on; whether what came before is to be used is known only at the end.
 */
export interface ContentSink {
  /** An entry of an archive begins, to which nothing is to be objected. */
  open(entry: OpenedEntry): void;
  /** The next bytes of its data. The buffer is the sink's only until this returns. */
  data(bytes: Buffer): void;
  /** All of its data was given. */
  close(): void;
  /** The next bytes of what is no archive. */
  plain(bytes: Buffer): void;
}
