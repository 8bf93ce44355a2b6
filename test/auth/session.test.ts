import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { authenticateDigest } from '../../src/auth/credential.queries.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import type { Principal } from '../../src/auth/principal.ts';
import { digestOf, makeSecret } from '../../src/auth/secret.ts';
import {
  consumeSignInLink,
  createSignInLink,
  purgeExpiredSignIns,
  revokeSession,
} from '../../src/auth/session.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();
const origin = { actor: SYSTEM_ACTOR };
const client = { address: '192.0.2.1', network: '192.0.2.1', agent: 'a browser' };
const arrival = { client, requestId: 'request-1', presented: undefined };
let principal: Principal;

beforeAll(async () => {
  principal = await database.db.transaction((tx) =>
    createPrincipal(tx, { kind: 'person', name: 'reader', roles: ['viewer'] }, origin),
  );
});

const makeLink = () => database.db.transaction((tx) => createSignInLink(tx, principal.id, origin));
const consume = (secret: string) => database.db.transaction((tx) => consumeSignInLink(tx, secret, arrival));
const sessionOf = (secret: string) => authenticateDigest(database.db, 'session', digestOf(secret));

describe('a sign-in link', () => {
  it('opens a session of its principal', async () => {
    const { secret, expiresAt } = await makeLink();
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 10 * 60_000);
    const session = await consume(secret);
    expect(await sessionOf(session.secret)).toMatchObject({ principal, kind: 'session' });
  });

  it('works once, also when ten use it at the same time', async () => {
    const { secret } = await makeLink();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => consume(secret)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    await expect(consume(secret)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'sign-in-link-over' });
  });

  it('is over when it has expired, was never given out, or its principal is disabled', async () => {
    const expired = await makeLink();
    const past = `UPDATE sign_in_link SET created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' WHERE hash = decode($1, 'hex')`;
    await runAs(database.superuser, past, [digestOf(expired.secret)]);
    await expect(consume(expired.secret)).rejects.toMatchObject({ code: 'sign-in-link-over' });
    await expect(consume(makeSecret('sign-in-link'))).rejects.toMatchObject({ code: 'sign-in-link-over' });
    await expect(consume('nonsense')).rejects.toMatchObject({ code: 'sign-in-link-over' });
    const early = await makeLink();
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [principal.id]);
    await expect(consume(early.secret)).rejects.toMatchObject({ code: 'sign-in-link-over' });
    await expect(makeLink()).rejects.toMatchObject({ code: 'no-such-principal' });
    await database.db.execute('UPDATE principal SET disabled_at = NULL WHERE id = $1', [principal.id]);
  });

  it('is not made for nobody', async () => {
    const forNobody = database.db.transaction((tx) => createSignInLink(tx, newId(), origin));
    await expect(forNobody).rejects.toMatchObject({ code: 'no-such-principal' });
  });
});

describe('a session', () => {
  it('ends when it is revoked, and both its ends are recorded', async () => {
    const { secret } = await consume((await makeLink()).secret);
    const { credentialId } = await sessionOf(secret);
    const end = () => database.db.transaction((tx) => revokeSession(tx, credentialId, origin));
    await end();
    await end();
    await expect(sessionOf(secret)).rejects.toMatchObject({ code: 'session-revoked' });
    const entries = await database.db.rows(
      'SELECT action, request_id FROM audit_entry WHERE subject_id = $1 ORDER BY id',
      [credentialId],
    );
    expect(entries).toEqual([
      { action: 'session.open', request_id: 'request-1' },
      { action: 'session.close', request_id: null },
    ]);
  });

  it('expires', async () => {
    const { secret } = await consume((await makeLink()).secret);
    const past = `UPDATE session SET created_at = now() - interval '1 day', expires_at = now() WHERE hash = decode($1, 'hex')`;
    await runAs(database.superuser, past, [digestOf(secret)]);
    await expect(sessionOf(secret)).rejects.toMatchObject({ code: 'session-expired' });
  });

  it('is deleted with its link a day after it expired', async () => {
    const { secret } = await consume((await makeLink()).secret);
    const { credentialId } = await sessionOf(secret);
    const age = (hours: number) =>
      runAs(
        database.superuser,
        `UPDATE session SET created_at = now() - interval '9 days', expires_at = now() - make_interval(hours => $2) WHERE id = $1`,
        [credentialId, hours],
      );
    const there = async () =>
      (await database.db.rows('SELECT 1 FROM session WHERE id = $1', [credentialId])).length === 1;
    await age(23);
    await purgeExpiredSignIns(database.db);
    expect(await there()).toBe(true);
    await age(25);
    expect(await purgeExpiredSignIns(database.db)).toBeGreaterThan(0);
    expect(await there()).toBe(false);
  });
});
