import { describe, expect, test } from 'vitest';
import { ProblemError } from '../../src/console/api/problem.ts';
import {
  added,
  type CountEntry,
  type CountQueue,
  canDrop,
  dropped,
  isFinal,
  queueFrom,
  refused,
  taken,
  timed,
  withAttempt,
} from '../../src/console/storeroom/count-queue.ts';
import type { CountedThing } from '../../src/console/storeroom/words.ts';

const EMPTY = queueFrom(null);
const OPENED = Date.parse('2026-06-01T08:00:00Z');
const entry = (id: string, more: Partial<CountEntry> = {}): CountEntry => ({
  ...{ id, scan: `SN-${id}`, place: 'BIN-1', scannedAt: OPENED + 1000, state: 'waiting' },
  ...more,
});
const queueOf = (...entries: CountEntry[]): CountQueue => entries.reduce(added, EMPTY);
const keys = () => {
  let count = 0;
  return () => `key ${++count}`;
};
const sent = (queue: CountQueue, newKey: () => string = keys()) => withAttempt(queue, OPENED, newKey);
const refusal = (code: string, field?: string) =>
  new ProblemError(422, {
    ...{ type: 'x', title: 'x', status: 422, detail: 'no', code, requestId: 'r', instance: '/' },
    ...(field ? { fields: [{ field, message: 'why' }] } : {}),
  });
const stateOf = ({ entries }: CountQueue) => entries.map(({ state }) => state);

describe('what is counted on a device', () => {
  test('goes in its order, several at once, and again under the same key until it is answered', () => {
    const newKey = keys();
    const first = sent(queueOf(entry('1'), entry('2')), newKey);
    expect(first.attempt).toMatchObject({ key: 'key 1', ids: ['1', '2'] });
    const more = added(queueFrom(JSON.stringify(first)), entry('3'));
    expect(sent(more, newKey).attempt).toEqual(first.attempt);
    const answered = taken(more, [{}, {}] as CountedThing[]);
    expect(stateOf(answered)).toEqual(['taken', 'taken', 'waiting']);
    expect(sent(answered, newKey).attempt).toMatchObject({ key: 'key 2', ids: ['3'] });
  });

  test('is empty when nothing was kept, or nothing that can be read', () => {
    expect([queueFrom(null), queueFrom('{'), queueFrom('1')]).toEqual([EMPTY, EMPTY, EMPTY]);
  });

  test('goes one by one after a refusal, so that one wrong scan holds no other up', () => {
    let queue = refused(sent(queueOf(entry('1'), entry('2'))), refusal('count-refused', '#/lines/1/scan'));
    queue = sent(queue);
    expect(queue.attempt?.ids).toEqual(['1']);
    queue = sent(taken(queue, [{} as CountedThing]));
    expect(queue.attempt?.ids).toEqual(['2']);
    queue = refused(queue, refusal('count-refused', '#/lines/0/scan'));
    expect(queue.entries[1]).toMatchObject({ state: 'refused', why: 'why' });
    expect(sent(queue).attempt).toBeUndefined();
  });

  test('asks for the number of pieces where it is needed, and waits for it', () => {
    const asked = refused(sent(queueOf(entry('1'))), refusal('count-refused', '#/lines/0/quantity'));
    expect(stateOf(asked)).toEqual(['asks']);
    expect(sent(asked).attempt).toBeUndefined();
    const answered = added(dropped(asked, '1'), entry('2', { quantity: 0 }));
    expect(sent(answered).attempt?.body.lines).toMatchObject([{ scan: 'SN-2', quantity: 0 }]);
  });

  test('can be taken back until it was sent', () => {
    const queue = added(sent(queueOf(entry('1'))), entry('2'));
    expect(queue.entries.map((one) => canDrop(queue, one))).toEqual([false, true]);
    expect(dropped(queue, '2').entries).toHaveLength(1);
  });

  test('carries the time of the scan by the clock of the server, each later than the one before', () => {
    const server = new Date(OPENED + 3_600_000).toUTCString();
    const queue = timed(queueOf(entry('1'), entry('2'), entry('3', { scannedAt: 0 })), server, OPENED);
    const times = sent(queue).attempt?.body.lines.map(({ countedAt }) => countedAt) ?? [];
    expect(times).toEqual([1000, 1001, 1002].map((ms) => new Date(OPENED + 3_600_000 + ms).toISOString()));
    expect(timed(queue, new Date(OPENED).toUTCString(), OPENED).aheadMs).toBe(3_600_000);
    expect(sent(queueOf(entry('1'))).attempt?.body.lines[0]).not.toHaveProperty('countedAt');
    const late = refused(sent(timed(queueOf(entry('1')), server, OPENED)), refusal('counted-at-other-time'));
    expect(sent(late).attempt?.body.lines[0]).not.toHaveProperty('countedAt');
  });

  test('is tried again unless the refusal is about what was sent', () => {
    const of = (status: number, code = 'x') =>
      isFinal(new ProblemError(status, { ...refusal(code).problem, code } as ProblemError['problem']));
    expect([0, 401, 429, 500, 503].map((status) => of(status))).toEqual([false, false, false, false, false]);
    expect([of(422), of(404), of(409, 'stocktake-state'), of(409, 'request-under-way')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('keeps only the newest of what was answered', () => {
    const many = Array.from({ length: 150 }, (_, index) => entry(String(index), { state: 'taken' }));
    expect(queueOf(...many, entry('last')).entries.length).toBeLessThan(103);
  });
});
