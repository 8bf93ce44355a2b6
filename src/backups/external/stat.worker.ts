import { parentPort, workerData } from 'node:worker_threads';
import { type StatTask, writeFigures } from './file-stats.ts';

parentPort?.on('message', ({ locations, answers, isDone }: StatTask) => {
  writeFigures(locations.split('\0'), new BigInt64Array(answers));
  const done = new Int32Array(isDone);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});

// From now on it answers.
Atomics.store(new Int32Array(workerData as SharedArrayBuffer), 0, 1);
