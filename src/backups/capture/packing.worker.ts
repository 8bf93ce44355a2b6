import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import { ChunkedDigest, type FileDigest } from '../../verification/chunked-digest.ts';
import { DigestRing, type RingMemory } from '../../verification/digest-ring.ts';
import { type Compression, PackEngine } from './pack-engine.ts';

/** One file to write. */
export interface PackingTask {
  /** The ring that its bytes come through, before they are packed. */
  readonly memory: RingMemory;
  readonly path: string;
  readonly compression: Compression;
  readonly chunkBytes: number;
}

/** The one word with which the thread ends: the digests of the packed bytes, or the system's error. */
export type PackingEnd =
  | { readonly type: 'done'; readonly digest: FileDigest }
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined };

const task = workerData as PackingTask;
try {
  say({ type: 'done', digest: writePacked(task) });
} catch (thrown) {
  say({ type: 'failed', message: messageOf(thrown), code: (thrown as NodeJS.ErrnoException).code });
}

function say(end: PackingEnd): void {
  parentPort?.postMessage(end);
}

function writePacked({ memory, path, compression, chunkBytes }: PackingTask): FileDigest {
  const ring = new DigestRing(memory);
  const digest = new ChunkedDigest({ chunkBytes });
  const engine = new PackEngine(compression);
  const file = openSync(path, 'wx', 0o600);
  try {
    const store = (packed: Buffer) => {
      digest.update(packed);
      // All of it, where a disk that is nearly full takes a part.
      writeFileSync(file, packed);
    };
    for (let number = 0, bytes = ring.receive(number); bytes !== undefined; bytes = ring.receive(number)) {
      engine.pack(bytes, store);
      ring.release(number);
      number += 1;
    }
    engine.end(store);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return digest.finish();
}
