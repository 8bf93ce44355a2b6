import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Asks again and again until the answer is something, and answers that; fails after the time limit with what was waited for. */
export async function eventually<T>(
  what: string,
  seconds: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await delay(POLL_MS);
  }
}
