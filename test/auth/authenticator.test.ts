import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import type { Identity } from '../../src/auth/credential.queries.ts';
import { digestOf, makeSecret, presentedDigest } from '../../src/auth/secret.ts';
import { findToken, revokeToken } from '../../src/auth/token.store.ts';
import { Database } from '../../src/database/database.ts';
import { type Caller, makeCaller } from '../http/support.ts';
import { type FixedClock, fixedClock } from '../support/clock.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const database = useDatabase();
let clock: FixedClock;
let authenticator: Authenticator;
let caller: Caller;
let names = 0;

beforeEach(async () => {
  clock = fixedClock('2026-11-22T09:00:00Z');
  authenticator = new Authenticator({ db: database.db, clock, log: testLog });
  names += 1;
  caller = await makeCaller(database.db, `caller ${names}`, ['operator']);
});
afterEach(() => authenticator.close());

const identify = async (secret: string): Promise<Identity> =>
  authenticator.identify('token', presentedDigest('token', secret));
const revoke = () => database.db.transaction((tx) => revokeToken(tx, caller.tokenId, { actor: SYSTEM_ACTOR }));

describe('the authenticator', () => {
  it('answers without a promise what it asked within the last second', async () => {
    const first = authenticator.identify('token', digestOf(caller.secret));
    expect(first).toBeInstanceOf(Promise);
    await first;
    const again = authenticator.identify('token', digestOf(caller.secret));
    expect(again).not.toBeInstanceOf(Promise);
    expect(again).toMatchObject({ principal: caller.principal, credentialId: caller.tokenId });
  });

  it('notices within a second that a token was revoked', async () => {
    await identify(caller.secret);
    await revoke();
    clock.advance(0.999);
    expect(await identify(caller.secret)).toMatchObject({ credentialId: caller.tokenId });
    clock.advance(0.001);
    await expect(identify(caller.secret)).rejects.toMatchObject({ code: 'token-revoked' });
    await expect(identify(caller.secret)).rejects.toMatchObject({ code: 'token-revoked' });
  });

  it('notices within a second that roles were taken away', async () => {
    await identify(caller.secret);
    await database.db.execute(`UPDATE principal SET roles = '{viewer}' WHERE id = $1`, [caller.principal.id]);
    clock.advance(1);
    expect((await identify(caller.secret)).principal.permissions.has('drill.operate')).toBe(false);
  });

  it('asks the database once for many requests of one token at the same time', async () => {
    const queries = vi.spyOn(database.db, 'rows');
    const identities = await Promise.all(Array.from({ length: 50 }, () => identify(caller.secret)));
    expect(queries).toHaveBeenCalledTimes(1);
    expect(new Set(identities.map((identity) => identity.credentialId))).toEqual(new Set([caller.tokenId]));
  });

  it('never remembers a refusal: a token works from the moment at which it exists', async () => {
    const secret = makeSecret('token');
    await expect(identify(secret)).rejects.toMatchObject({ code: 'token-unknown' });
    await database.db.execute('UPDATE api_token SET hash = sha256($2::bytea) WHERE id = $1', [caller.tokenId, secret]);
    expect(await identify(secret)).toMatchObject({ credentialId: caller.tokenId });
  });

  it('does not ask the database about what cannot be a token', async () => {
    const queries = vi.spyOn(database.db, 'rows');
    await expect(identify('x'.repeat(50))).rejects.toMatchObject({ code: 'token-unknown' });
    expect(queries).not.toHaveBeenCalled();
  });

  it('writes the last use in batches, and what is left when it closes', async () => {
    await identify(caller.secret);
    clock.advance(0.5);
    await identify(caller.secret);
    expect((await findToken(database.db, caller.tokenId))?.lastUsedAt).toBeNull();
    await authenticator.flush();
    expect((await findToken(database.db, caller.tokenId))?.lastUsedAt).toEqual(new Date('2026-11-22T09:00:00.500Z'));
    clock.advance(5);
    await identify(caller.secret);
    await authenticator.close();
    expect((await findToken(database.db, caller.tokenId))?.lastUsedAt).toEqual(new Date('2026-11-22T09:00:05.500Z'));
  });

  it('loses no use when the database is away for a while', async () => {
    const db = await Database.connect(database.service, [], { applicationName: 'going away' });
    const other = new Authenticator({ db, clock, log: testLog });
    await other.identify('token', digestOf(caller.secret));
    await runAs(database.owner, 'ALTER TABLE api_token RENAME TO api_token_away');
    await expect(other.flush()).rejects.toThrow();
    await runAs(database.owner, 'ALTER TABLE api_token_away RENAME TO api_token');
    await other.close();
    await db.close();
    expect((await findToken(database.db, caller.tokenId))?.lastUsedAt).not.toBeNull();
  });

  it('knows for counting whose a token was, and trusts that for nothing', async () => {
    expect(authenticator.lastKnownId(digestOf(caller.secret))).toBeUndefined();
    await identify(caller.secret);
    clock.advance(60);
    expect(authenticator.lastKnownId(digestOf(caller.secret))).toBe(caller.tokenId);
    await revoke();
    await expect(identify(caller.secret)).rejects.toMatchObject({ code: 'token-revoked' });
    expect(authenticator.lastKnownId(digestOf(caller.secret))).toBeUndefined();
  });
});
