import { Temporal } from 'temporal-polyfill';
import { afterEach, describe, expect, test } from 'vitest';
import { createDeadMan } from '../../src/composition/dead-man.ts';
import { readConfig } from '../../src/config.ts';
import type { Logger } from '../../src/kernel/log.ts';
import { closeServers, serveHttp } from '../egress/server.ts';
import { testLog } from '../support/log.ts';
import { eventually } from '../system/eventually.ts';

closeServers();
const TOKEN = '8f14e45f-token-in-the-path';
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A switch whose clock is moved by hand, and what it logs. */
function armed(port: number) {
  let nowMs = 0;
  const lines: string[] = [];
  const note = (...parts: unknown[]) => lines.push(JSON.stringify(parts));
  const log = { ...testLog, warn: note, info: note } as unknown as Logger;
  const clock = { now: () => Temporal.Now.instant(), monotonicMs: () => nowMs };
  const deadMan = createDeadMan({ url: `http://127.0.0.1:${port}/${TOKEN}`, clock, log });
  stops.push(deadMan.stop);
  return {
    deadMan,
    lines,
    /** So many seconds later the schedules have ticked, and what that led to is over. */
    async tickAfter(seconds: number) {
      nowMs += seconds * 1000;
      deadMan.ticked();
      await deadMan.stop();
    },
  };
}

describe('the dead-man ping', () => {
  test('goes out behind ticks, at most every 30 seconds', async () => {
    const asked: string[] = [];
    const port = await serveHttp((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('OK');
    });
    const { deadMan, tickAfter } = armed(port);
    expect(deadMan.health()).toEqual({ lastPingAgeSeconds: null, failure: null });
    for (const seconds of [5, 5, 5, 20, 5, 25]) await tickAfter(seconds);
    expect(asked).toEqual([`GET /${TOKEN}`, `GET /${TOKEN}`, `GET /${TOKEN}`]);
    expect(deadMan.health()).toEqual({ lastPingAgeSeconds: 0, failure: null });
    await tickAfter(10);
    expect(deadMan.health()).toEqual({ lastPingAgeSeconds: 10, failure: null });
  });

  test('says once that it does not arrive, and once that it does again, without its URL', async () => {
    let status = 500;
    const port = await serveHttp((_request, response) => response.writeHead(status).end());
    const { deadMan, lines, tickAfter } = armed(port);
    for (let count = 0; count < 3; count += 1) await tickAfter(30);
    expect(deadMan.health()).toEqual({ lastPingAgeSeconds: null, failure: 'answered 500' });
    status = 200;
    for (let count = 0; count < 3; count += 1) await tickAfter(30);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain(TOKEN);
    expect(deadMan.health()).toMatchObject({ failure: null });
  });

  test('that hangs holds no tick up, and no second one goes out beside it', async () => {
    let asked = 0;
    const release: (() => void)[] = [];
    const port = await serveHttp((_request, response) => {
      asked += 1;
      release.push(() => response.end());
    });
    const { deadMan } = armed(port);
    deadMan.ticked();
    await eventually('the ping arrives', 30, () => release[0]);
    for (let count = 0; count < 100; count += 1) deadMan.ticked();
    expect(asked).toBe(1);
    release[0]?.();
  });

  test('is not there without a URL', () => {
    const deadMan = createDeadMan({
      url: undefined,
      clock: { monotonicMs: () => 0, now: () => Temporal.Now.instant() },
      log: testLog,
    });
    deadMan.ticked();
    expect(deadMan.health()).toBeUndefined();
  });
});

test.each(['ftp://example.org/', 'https://user:secret@example.org/', 'nothing'])(
  '%s is refused, and not repeated',
  (url) => {
    expect(() => readConfig({ MUSTER_DEADMAN_URL: url }, '/')).toThrow(
      /MUSTER_DEADMAN_URL must be an http or https URL/,
    );
    expect(() => readConfig({ MUSTER_DEADMAN_URL: url }, '/')).not.toThrow(/secret/);
  },
);
