import { describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { authenticateToken, recordUse } from '../../src/auth/credential.queries.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { isSecret, makeSecret, redactSecrets } from '../../src/auth/secret.ts';
import { createToken, findToken, listTokens, revokeToken } from '../../src/auth/token.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();
const origin = { actor: SYSTEM_ACTOR };
let names = 0;

async function makeToken(expiresAt: Date | null = null) {
  return database.db.transaction(async (tx) => {
    names += 1;
    const principal = await createPrincipal(
      tx,
      { kind: 'service-account', name: `account ${names}`, roles: ['viewer'] },
      origin,
    );
    const token = await createToken(tx, { principalId: principal.id, name: 'for a test', expiresAt }, origin);
    return { principal, ...token };
  });
}

describe('a token', () => {
  it('proves its principal', async () => {
    const { principal, id, secret } = await makeToken();
    expect(await authenticateToken(database.db, secret)).toEqual({ principal, kind: 'token', credentialId: id });
  });

  it('is stored as a digest only: nothing in the database opens anything', async () => {
    const { secret } = await makeToken();
    const dump = JSON.stringify(
      await database.db.rows(`SELECT t::text, (SELECT string_agg(a::text, '') FROM audit_entry a) FROM api_token t`),
    );
    expect(dump).not.toContain(secret.slice('muster_'.length));
  });

  it('has a form that scanners find and logs cut out', () => {
    const secret = makeSecret('token');
    expect(secret).toMatch(/^muster_[A-Za-z0-9_-]{43}$/);
    for (const kind of ['token', 'sign-in-link', 'session'] as const) {
      expect(redactSecrets(`before ${makeSecret(kind)} after`)).toBe('before [redacted] after');
    }
  });

  it('is never taken for another kind of secret', () => {
    const kinds = ['token', 'sign-in-link', 'session'] as const;
    for (const made of kinds) {
      for (const asked of kinds) expect(isSecret(asked, makeSecret(made))).toBe(made === asked);
    }
  });

  it.each([
    '',
    'muster_',
    `muster_${'x'.repeat(42)}`,
    `muster_${'x'.repeat(44)}`,
    `Muster_${'x'.repeat(43)}`,
    `muster_${'ä'.repeat(43)}`,
  ])('is not %j', async (text) => {
    await expect(authenticateToken(database.db, text)).rejects.toMatchObject({
      kind: 'unauthenticated',
      code: 'token-unknown',
    });
  });

  it('is refused when it is unknown, revoked or expired, or its principal disabled, and says which', async () => {
    const codeOf = (secret: string) =>
      authenticateToken(database.db, secret).then(
        () => 'let in',
        (error) => error.code,
      );
    expect(await codeOf(makeSecret('token'))).toBe('token-unknown');
    const revoked = await makeToken();
    await database.db.transaction((tx) => revokeToken(tx, revoked.id, origin));
    expect(await codeOf(revoked.secret)).toBe('token-revoked');
    const expired = await makeToken(new Date(Date.now() + 3_600_000));
    await runAs(
      database.superuser,
      `UPDATE api_token SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' WHERE id = $1`,
      [expired.id],
    );
    expect(await codeOf(expired.secret)).toBe('token-expired');
    const disabled = await makeToken();
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [disabled.principal.id]);
    expect(await codeOf(disabled.secret)).toBe('principal-disabled');
  });

  it('cannot be made for nobody, for a disabled principal, or to expire in the past', async () => {
    const { principal } = await makeToken();
    const make = (principalId: string, expiresAt: Date | null) =>
      database.db.transaction((tx) => createToken(tx, { principalId, name: 'x', expiresAt }, origin));
    await expect(make(newId(), null)).rejects.toMatchObject({ code: 'no-such-principal' });
    await expect(make(principal.id, new Date(Date.now() - 1000))).rejects.toMatchObject({ code: 'expiry-in-the-past' });
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [principal.id]);
    await expect(make(principal.id, null)).rejects.toMatchObject({ code: 'principal-disabled' });
  });

  it('is revoked once, and recorded once', async () => {
    const { id } = await makeToken();
    const revoke = () => database.db.transaction((tx) => revokeToken(tx, id, origin));
    await revoke();
    const first = (await findToken(database.db, id))?.revokedAt;
    await revoke();
    expect((await findToken(database.db, id))?.revokedAt).toEqual(first);
    const entries = await database.db.rows(
      `SELECT 1 FROM audit_entry WHERE subject_id = $1 AND action = 'token.revoke'`,
      [id],
    );
    expect(entries).toHaveLength(1);
    await expect(database.db.transaction((tx) => revokeToken(tx, newId(), origin))).rejects.toMatchObject({
      code: 'no-such-token',
    });
  });

  it('is listed by principal, in pages', async () => {
    const { principal, id } = await makeToken();
    const second = await database.db.transaction((tx) =>
      createToken(tx, { principalId: principal.id, name: 'second', expiresAt: null }, origin),
    );
    const ids = async (after?: string) =>
      (await listTokens(database.db, { principalId: principal.id, after, limit: 10 })).map((token) => token.id);
    expect(await ids()).toEqual([id, second.id]);
    expect(await ids(id)).toEqual([second.id]);
    expect((await listTokens(database.db, { limit: 1 })).length).toBe(1);
  });

  it('keeps the latest of the uses that are reported, in whatever order', async () => {
    const [one, two] = [await makeToken(), await makeToken()];
    const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 9, 0, second));
    const use = (uses: [string, Date][]) => database.db.transaction((tx) => recordUse(tx, 'token', new Map(uses)));
    await use([
      [one.id, at(5)],
      [two.id, at(6)],
    ]);
    await use([
      [two.id, at(3)],
      [one.id, at(9)],
    ]);
    expect((await findToken(database.db, one.id))?.lastUsedAt).toEqual(at(9));
    expect((await findToken(database.db, two.id))?.lastUsedAt).toEqual(at(6));
  });
});
