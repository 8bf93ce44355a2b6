import argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Arrival } from '../../src/auth/arrival.ts';
import { signIn } from '../../src/auth/sign-in.service.ts';
import { purgeTries } from '../../src/auth/sign-in-limit.store.ts';
import { Database } from '../../src/database/database.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { letTriesAge, type MadePerson, makePerson, PASSWORD } from './persons.ts';

const database = useDatabase();
let replica: Database;
let person: MadePerson;
beforeAll(async () => {
  replica = await Database.connect(database.service, [], { applicationName: 'another replica' });
});
afterAll(() => replica?.close());
beforeEach(async () => {
  person = await makePerson(database.db);
});

/** From an address that nobody used before. */
function arrival(network = newSecret()): Arrival {
  return {
    client: { address: '192.0.2.9', network, agent: 'a browser' },
    requestId: newSecret(),
    presented: undefined,
  };
}

const attempt = (name: string, password: string, from = arrival(), db = database.db) =>
  signIn(db, { name, password }, from);
const refused = { kind: 'unauthenticated', code: 'sign-in-refused' };
const locked = { kind: 'too-many', code: 'sign-in-locked' };

async function goWrong(times: number, name: string, from?: Arrival): Promise<void> {
  for (let count = 0; count < times; count += 1)
    await expect(attempt(name, 'wrong', from)).rejects.toMatchObject(refused);
}

const entriesOf = (requestId: string) =>
  database.db.rows<{ action: string; subject_kind: string; subject_id: string; details: Record<string, unknown> }>(
    `SELECT action, actor_name, subject_kind, subject_id, details FROM audit_entry WHERE request_id = $1 ORDER BY id`,
    [requestId],
  );

describe('signing in by password', () => {
  it('takes the name or the e-mail address in any case', async () => {
    for (const name of [person.name, person.name.toUpperCase(), person.email, person.email.toUpperCase()]) {
      expect((await attempt(name, PASSWORD)).principal).toEqual({ id: person.principal.id, name: person.name });
    }
  });

  it('is recorded with how it was done and from where', async () => {
    const from = arrival();
    await attempt(person.name, PASSWORD, from);
    expect(await entriesOf(from.requestId)).toEqual([
      expect.objectContaining({
        action: 'session.open',
        actor_name: person.name,
        details: { by: 'password', address: '192.0.2.9' },
      }),
    ]);
  });

  it('answers the same to an unknown name, to nobody’s password, to a disabled person and to a wrong password', async () => {
    const without = await makePerson(database.db, { hasPassword: false });
    const disabled = await makePerson(database.db);
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [disabled.principal.id]);
    const messages = new Set<string>();
    for (const [name, password] of [
      ['nobody at all', PASSWORD],
      [without.name, PASSWORD],
      [disabled.name, PASSWORD],
      [person.name, `${PASSWORD}?`],
    ] as const) {
      const error = await attempt(name, password).catch((thrown: Error) => thrown);
      expect(error).toMatchObject(refused);
      messages.add((error as Error).message);
    }
    expect(messages.size).toBe(1);
  });

  it('compares with a hash of nobody’s where there is none, at the full cost', async () => {
    const without = await makePerson(database.db, { hasPassword: false });
    const verify = vi.spyOn(argon2, 'verify');
    for (const name of ['nobody at all, again', without.name, person.name]) {
      verify.mockClear();
      await expect(attempt(name, 'wrong')).rejects.toMatchObject(refused);
      expect(verify).toHaveBeenCalledTimes(1);
      expect(verify).toHaveBeenCalledWith(expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/), 'wrong');
    }
  });

  it('hashes a password anew that was hashed at another cost', async () => {
    const stronger = await argon2.hash(PASSWORD, { memoryCost: 20_000, timeCost: 3, parallelism: 1 });
    const write = 'UPDATE account SET password_hash = $2 WHERE principal_id = $1';
    await database.db.execute(write, [person.principal.id, stronger]);
    await attempt(person.name, PASSWORD);
    const [row] = await database.db.rows<{ hash: string }>(
      'SELECT password_hash AS hash FROM account WHERE principal_id = $1',
      [person.principal.id],
    );
    expect(row?.hash).toMatch(/m=19456,t=2,p=1/);
    await attempt(person.name, PASSWORD);
  });
});

describe('the lock-out', () => {
  it('makes the account wait after five tries that went wrong, also for the right password, on every replica', async () => {
    await goWrong(5, person.name);
    const error = await attempt(person.email, PASSWORD, arrival(), replica).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ ...locked, retryAfterSeconds: expect.any(Number) });
    const { retryAfterSeconds = 0, message } = error as { retryAfterSeconds?: number; message: string };
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(30);
    expect(message).toMatch(/try again in \d+ s \(\d{4}-.*sign-in link/);
    await letTriesAge(database.db, 31);
    expect((await attempt(person.name, PASSWORD)).principal.id).toBe(person.principal.id);
  });

  it('doubles the wait with every further try, up to 15 minutes, and forgets it all after one that went well', async () => {
    await goWrong(5, person.name);
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      await letTriesAge(database.db, 901);
      await goWrong(1, person.name);
      const [row] = await database.db.rows<{ wait: number }>(
        `SELECT extract(epoch FROM locked_until - last_tried_at)::integer AS wait FROM sign_in_limit
         ORDER BY last_tried_at DESC, tries DESC LIMIT 1`,
      );
      waits.push(row?.wait ?? 0);
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900, 900]);
    await letTriesAge(database.db, 901);
    await attempt(person.name, PASSWORD);
    await goWrong(4, person.name);
    await attempt(person.name, PASSWORD);
  });

  it('holds for a name that nobody has, so that it tells nobody who has an account', async () => {
    const name = `nobody ${newSecret()}`;
    await goWrong(5, name);
    await expect(attempt(name.toUpperCase(), 'wrong')).rejects.toMatchObject(locked);
  });

  it('holds for an address that tries one name after the other, and for no other address', async () => {
    const from = arrival();
    for (let count = 0; count < 5; count += 1) await goWrong(1, `somebody ${newSecret()}`, from);
    await expect(attempt(person.name, PASSWORD, from)).rejects.toMatchObject(locked);
    await attempt(person.name, PASSWORD);
  });

  it('cannot be passed by trying all at once: of thirty tries five are looked at', async () => {
    const verify = vi.spyOn(argon2, 'verify');
    const all = Array.from({ length: 30 }, () => attempt(person.name, 'wrong').catch((thrown: unknown) => thrown));
    const outcomes = (await Promise.all(all)) as { code: string }[];
    expect(outcomes.filter(({ code }) => code === 'sign-in-refused')).toHaveLength(5);
    expect(outcomes.filter(({ code }) => code === 'sign-in-locked')).toHaveLength(25);
    expect(verify).toHaveBeenCalledTimes(5);
  });

  it('is recorded once, with the account, and every refusal with it', async () => {
    const from = { ...arrival(), requestId: newSecret() };
    await goWrong(5, person.name, from);
    await expect(attempt(person.name, 'wrong', from)).rejects.toMatchObject(locked);
    const entries = await entriesOf(from.requestId);
    expect(entries.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 5 }, () => 'sign-in.refused'),
      'sign-in.lock-out',
    ]);
    expect(new Set(entries.map(({ subject_id }) => subject_id))).toEqual(new Set([person.principal.id]));
    expect(entries.at(-1)?.details).toEqual({ address: '192.0.2.9', until: expect.stringMatching(/Z$/) });
  });

  it('leaves no trace of what was typed as a name: it may have been a password', async () => {
    const from = arrival();
    const typed = 'hunter2 hunter3 hunter4';
    await expect(attempt(typed, 'wrong', from)).rejects.toMatchObject(refused);
    const [entry] = await entriesOf(from.requestId);
    expect(entry).toMatchObject({ subject_kind: 'unknown-name', subject_id: expect.stringMatching(/^[0-9a-f]{4}$/) });
    expect(JSON.stringify(entry)).not.toContain('hunter');
  });

  it('can be neither longer than 15 minutes nor begin before the fifth try: the database refuses it', async () => {
    const lock = (tries: number, seconds: number) =>
      runAs(
        database.superuser,
        `INSERT INTO sign_in_limit (subject, tries, locked_until)
         VALUES (sha256(gen_random_uuid()::text::bytea), $1, now() + make_interval(secs => $2))`,
        [tries, seconds],
      );
    await lock(5, 900);
    for (const [tries, seconds] of [
      [5, 901],
      [4, 30],
      [5, 0],
    ] as const) {
      await expect(lock(tries, seconds)).rejects.toMatchObject({ constraint: 'sign_in_limit_lock' });
    }
  });

  it('is forgotten after a day', async () => {
    await goWrong(1, person.name);
    const count = async () => (await database.db.rows('SELECT FROM sign_in_limit')).length;
    const before = await count();
    expect(await purgeTries(database.db)).toBe(0);
    await letTriesAge(database.db, 25 * 3600);
    expect(await purgeTries(database.db)).toBe(before);
  });
});
