import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { SharedPace } from '../../src/verification/shared-pace.ts';

const RATE = 1_000_000;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

// Nothing here asks for an upper bound: a busy machine is slower. Timers may end a millisecond early.
const EARLY_SECONDS = 0.002;

describe('the pace that threads share', () => {
  test('lets no more through than the rate, in large pieces and in small ones', async () => {
    for (const pieces of [2, 200]) {
      const pace = new SharedPace(RATE);
      const took = await seconds(async () => {
        for (let piece = 0; piece < pieces; piece += 1) await pace.take(200_000 / pieces);
      });
      expect(took).toBeGreaterThan(0.2 - EARLY_SECONDS);
    }
  });

  test('sums up what is taken at the same time', async () => {
    const pace = new SharedPace(RATE);
    const took = await seconds(() => Promise.all([100_000, 50_000, 100_000].map((bytes) => pace.take(bytes))));
    expect(took).toBeGreaterThan(0.25 - EARLY_SECONDS);
  });

  test('books exactly the time of the bytes behind what is booked, and saves no more than a tenth of a second up', async () => {
    const pace = new SharedPace(RATE);
    const dueNs = new BigInt64Array(pace.memory);
    const booked = async (bytes: number) => {
      const before = dueNs[0] ?? 0n;
      const waiting = pace.take(bytes);
      const after = dueNs[0] ?? 0n;
      await waiting;
      return after - before;
    };
    await pace.take(1000);
    // Far in the future: nothing that this test does can catch up with it.
    const now = process.hrtime.bigint();
    dueNs[0] = now + 40_000_000n;
    expect(await booked(10_000)).toBe(10_000_000n);
    dueNs[0] = now - 5_000_000_000n;
    const asked = process.hrtime.bigint();
    await pace.take(150_000);
    expect(process.hrtime.bigint() - asked).toBeGreaterThan(48_000_000n);
  });

  test('holds threads together that share its memory', async () => {
    const pace = new SharedPace(RATE);
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(async ({ SharedPace }) => {
        const pace = new SharedPace(workerData.rate, workerData.memory);
        for (let piece = 0; piece < 10; piece += 1) await pace.take(15000);
        parentPort.postMessage('done');
      });`;
    const module = new URL('../../src/verification/shared-pace.ts', import.meta.url).href;
    const workerData = { module, rate: RATE, memory: pace.memory };
    const startNs = process.hrtime.bigint();
    const work = () =>
      new Promise((resolve, reject) => {
        new Worker(code, { eval: true, workerData }).on('message', resolve).on('error', reject);
      });
    await Promise.all([work(), work()]);
    const due = new BigInt64Array(pace.memory)[0] ?? 0n;
    expect(Number(due - startNs) / 1e9).toBeGreaterThan(0.3);
    expect(process.hrtime.bigint()).toBeGreaterThan(due - 2_000_000n);
  });
});
