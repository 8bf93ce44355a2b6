import { open, utimes } from 'node:fs/promises';
import { patiently } from './patience.ts';
import { type RemoteEntry, type RemoteStore, secondOf, type TransferOptions } from './remote-store.ts';

/** Between the first two tries, unless stated. */
const PAUSE_MS = 1000;

/** What fetching obeys and tells. */
export interface FetchOptions extends TransferOptions {
  /** So many bytes of this very version lie at the location already. */
  readonly from?: number | undefined;
  readonly pauseMs?: number | undefined;
}

/**
 * Fetches a file as it was seen, with the second of its change, to a path where nothing is, or its beginning. A connection that breaks is waited
 * for; the rest comes from the offset that was reached.
 * @throws AppError `unavailable` `repository-unavailable` when it stays away, `conflict` `file-changed`; a system error where
 * it is gone, may not be read or cannot be, or where the disk of this machine is full; the signal's reason.
 */
export async function fetchFile(
  store: RemoteStore,
  entry: RemoteEntry,
  location: string,
  { signal, onBytes, from = 0, pauseMs = PAUSE_MS }: FetchOptions,
): Promise<void> {
  const { path, tag, sizeBytes } = entry;
  let offset = from;
  if (from === 0 || from < sizeBytes) {
    await using file = await open(location, from === 0 ? 'wx' : 'r+', 0o600);
    const attempt = async () => {
      for await (const bytes of store.read(path, { offset, tag }, signal) as AsyncIterable<Buffer>) {
        await onBytes?.(bytes.length);
        await file.write(bytes, 0, bytes.length, offset);
        offset += bytes.length;
      }
    };
    await patiently(attempt, { signal, pauseMs, progress: () => offset });
  }
  await utimes(location, secondOf(entry), secondOf(entry));
}
