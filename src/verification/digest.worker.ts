import { parentPort } from 'node:worker_threads';
import { ChunkedDigest, type WantedDigests } from './chunked-digest.ts';
import { DigestRing, type RingMemory } from './digest-ring.ts';

/** One file to digest. */
export interface DigestTask {
  readonly memory: RingMemory;
  readonly wanted: WantedDigests;
}

parentPort?.on('message', ({ memory, wanted }: DigestTask) => {
  const ring = new DigestRing(memory);
  const digest = new ChunkedDigest(wanted);
  for (let number = 0, bytes = ring.receive(number); bytes !== undefined; bytes = ring.receive(number)) {
    digest.update(bytes);
    ring.release(number);
    number += 1;
  }
  parentPort?.postMessage(digest.finish());
});
