import { parentPort } from 'node:worker_threads';
import { messageOf } from '../kernel/errors.ts';
import type { SeenFile } from './tree-comparison.ts';
import { lookAt, type NameToRead } from './tree-look.ts';

/** What the thread is told, again and again. */
export interface FilesToRead {
  readonly files: readonly NameToRead[];
}

/** One answer to each, in their order. */
export type FromReader =
  | { readonly kind: 'read'; readonly seen: readonly SeenFile[] }
  | { readonly kind: 'failed'; readonly message: string };

async function read({ files }: FilesToRead): Promise<FromReader> {
  const seen: SeenFile[] = [];
  for (const { name, expected } of files) seen.push(await lookAt({ name: withBuffer(name), expected }, {}));
  return { kind: 'read', seen };
}

/** Bytes arrive from another thread without the methods of a buffer. */
function withBuffer(name: NameToRead['name']): NameToRead['name'] {
  const { buffer, byteOffset, byteLength } = name.location;
  return { ...name, location: Buffer.from(buffer, byteOffset, byteLength) };
}

let before: Promise<void> = Promise.resolve();

parentPort?.on('message', (task: FilesToRead) => {
  before = before.then(async () => {
    const answer = await read(task).catch((thrown): FromReader => ({ kind: 'failed', message: messageOf(thrown) }));
    parentPort?.postMessage(answer);
  });
});
