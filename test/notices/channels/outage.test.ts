import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SWEEP_JOB } from '../../../src/notices/channels/channel-job-name.ts';
import { createKeyring, type Keyring } from '../../../src/secrets/keyring.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { runAs, useDatabase } from '../../support/database.ts';
import { testLog } from '../../support/log.ts';
import { eventually } from '../../system/eventually.ts';
import { answering, closeReceivers, type Receiver, startReceiver } from './receiver.ts';
import { startSending } from './sending.ts';
import { useChannels } from './support.ts';

const SENDER = fileURLToPath(import.meta.resolve('./processes/sender.ts'));

let keys: string;
let keyring: Keyring;
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'mc-'));
  keyring = await createKeyring(keys);
});
const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database, {
  get keyring() {
    return keyring;
  },
});
closeReceivers();
const children: ChildProcess[] = [];
const working: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(working.splice(0).map((each) => each.stop()));
  await Promise.all(children.splice(0).map((child) => kill(child)));
});
afterAll(() => rm(keys, { recursive: true, force: true }));

async function startChild(): Promise<ChildProcess> {
  const settings = { service: database.service, keys, leaseSeconds: 2 };
  const child = spawn(process.execPath, [SENDER, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (!child.stdout) throw new Error('the sender has no output');
  await once(createInterface(child.stdout), 'line');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const workHere = async () => {
  const sending = await startSending({
    ...{ db: database.db, service: database.service, keyring },
    leaseSeconds: 2,
    log: testLog,
  });
  working.push(sending);
  return sending;
};

const states = async (channelId: string) => (await bench.log(channelId)).map(({ state }) => state);

/** Resolves when everything of a channel has arrived. */
const arrived = (channelId: string, receiver: Receiver, count: number) =>
  eventually(`${count} messages`, 60, async () => {
    const all = await states(channelId);
    const isDone = all.length === count && all.every((state) => state === 'delivered');
    return isDone && receiver.received.length >= count ? true : undefined;
  });

test('a notice goes out by itself as soon as it is committed', async () => {
  const receiver = await startReceiver();
  const { id } = await bench.channel(receiver);
  await workHere();
  await bench.post([await bench.person()]);
  await arrived(id, receiver, 1);
  // Whatever found the first one, nothing but the word of the database finds the second.
  await bench.post([await bench.person()]);
  await arrived(id, receiver, 2);
});

test('what was written while nothing ran goes out when something runs', async () => {
  const receiver = await startReceiver();
  const { id } = await bench.channel(receiver);
  for (let count = 0; count < 5; count += 1) await bench.post([await bench.person()]);
  await workHere();
  await arrived(id, receiver, 5);
});

test('the sweep finds what no message of the database told', async () => {
  const receiver = await startReceiver();
  const { id } = await bench.channel(receiver);
  const { queue } = await workHere();
  // Told to nobody: a transaction pooler in between, a connection that broke.
  await runAs(database.owner, 'ALTER TABLE notice_delivery DISABLE TRIGGER notice_delivery_wake');
  try {
    await bench.post([await bench.person()]);
    expect(await states(id)).toEqual(['waiting']);
    await database.db.transaction((tx) => queue.enqueue(tx, SWEEP_JOB, {}));
    await arrived(id, receiver, 1);
  } finally {
    await runAs(database.owner, 'ALTER TABLE notice_delivery ENABLE TRIGGER notice_delivery_wake');
  }
});

test('a failed message is tried again by itself', async () => {
  const receiver = await startReceiver();
  receiver.answer = (response) => {
    receiver.answer = answering(204);
    response.writeHead(500).end();
  };
  const { id } = await bench.channel(receiver);
  await workHere();
  await bench.post([await bench.person()]);
  await arrived(id, receiver, 1);
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]).toMatchObject({ id: receiver.received[0]?.id, text: receiver.received[0]?.text });
});

test('kill -9 of the process that sends loses nothing: what was under way comes again with the same id', async () => {
  const receiver = await startReceiver();
  const { id } = await bench.channel(receiver);
  const under = Promise.withResolvers<void>();
  // The third message reaches the receiver, and its answer never reaches the sender.
  receiver.answer = (response) => {
    if (receiver.received.length < 3) response.writeHead(204).end();
    else under.resolve();
  };
  const child = await startChild();
  for (let count = 0; count < 8; count += 1) await bench.post([await bench.person()]);
  await under.promise;
  await kill(child);
  const before = receiver.received.map((message) => message.id);
  // Committed by a process that dies before anybody has sent it.
  for (let count = 0; count < 4; count += 1) await bench.post([await bench.person()]);
  expect((await states(id)).filter((state) => state !== 'delivered').length).toBeGreaterThan(4);

  receiver.answer = answering(204);
  await workHere();
  await arrived(id, receiver, 12);
  const counts = Object.values(Object.groupBy(receiver.received, (message) => message.id)).map((all) => all?.length);
  expect(counts).toHaveLength(12);
  expect(Math.max(...counts.map((count) => count ?? 0))).toBeLessThanOrEqual(2);
  const interrupted = receiver.received.filter((message) => message.id === before.at(-1));
  expect(interrupted.length).toBe(2);
  expect(interrupted[0]?.text).toBe(interrupted[1]?.text);
});
