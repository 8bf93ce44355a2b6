import { describe, expect, it } from 'vitest';
import { hashPassword, isOutdated, verifyPassword } from '../../src/auth/password-hash.ts';
import { normalPassword, requireFitPassword } from '../../src/auth/password-rules.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { makePerson, PASSWORD } from './persons.ts';

const owner = { name: 'Night Watch', email: 'on.duty@example.test' };
const check = (text: string, of = owner) => requireFitPassword(normalPassword(text), of);

describe('a new password', () => {
  it.each([
    'three words will do',
    'correct horse battery',
    '六个字可以记住的一句话啊啊',
    'Tr0ub4dor&3xyQ',
    'x7#kq9!mzr2w',
    `${'äö'.repeat(3)} and something else`,
  ])('may be %s', (text) => {
    expect(() => check(text)).not.toThrow();
  });

  it.each([
    ['eleven char', /at least 12/],
    ['', /at least 12/],
    [`${'ab cd ef gh '.repeat(21)}and more`, /at most 256/],
    ['my night-watch 99', /name/],
    ['NIGHT WATCH is mine', /name/],
    ['ｎｉｇｈｔ ｗａｔｃｈ it is', /name/],
    ['always on.duty for you', /name/],
    ['aaaaaaaaaaaaaaaa', /same few/],
    ['abababababababab', /same few/],
    ['passwordpassword', /same few/],
    ['secret99secret99sec', /same few/],
    ['abcdefghijklmnop', /neighbouring/],
    ['987654321098', /neighbouring/],
    ['qwertyuiop12', /neighbouring/],
    ['asdfghjklqwerty', /neighbouring/],
  ])('may not be %j', (text, message) => {
    const field = { field: '#/password', message: expect.stringMatching(message) };
    expect(() => check(text)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'unfit-password', fields: [field] }),
    );
  });

  it('may hold what is too short to be a name', () => {
    expect(() => check('something about Al', { name: 'Al', email: 'a@example.test' })).not.toThrow();
  });

  it('is the same however its characters are composed', async () => {
    const stored = await hashPassword(normalPassword('Zu\u0308rich im Fru\u0308hling'));
    expect(await verifyPassword(stored, normalPassword('Zürich im Frühling'))).toBe(true);
    expect(await verifyPassword(stored, normalPassword('Zurich im Fruhling'))).toBe(false);
  });
});

describe('what is stored of a password', () => {
  const database = useDatabase();

  it('is argon2id with a salt of its own, at the cost that OWASP advises', async () => {
    const [one, other] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(isOutdated(one)).toBe(false);
    expect(isOutdated(one.replace('t=2', 't=3'))).toBe(true);
  });

  it.each([
    ['the password itself', PASSWORD, 'account_password_hash'],
    ['another hash', '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW', 'account_password_hash'],
    ['a fast hash', '$argon2id$v=19$m=10000,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$', 'account_password_hash_is_slow'],
    ['a hash of one pass', '$argon2id$v=19$m=19456,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$', 'account_password_hash_is_slow'],
  ])('is never %s: the database refuses it', async (_what, text, constraint) => {
    const { principal } = await makePerson(database.db, { hasPassword: false });
    const hash = text.startsWith('$argon2id') ? text + 'A'.repeat(43) : text;
    const insert = runAs(database.superuser, 'INSERT INTO account (principal_id, password_hash) VALUES ($1, $2)', [
      principal.id,
      hash,
    ]);
    await expect(insert).rejects.toMatchObject({ constraint });
  });

  it('belongs to a person', async () => {
    const [team] = await database.db.rows<{ id: string }>(
      `INSERT INTO principal (id, kind, name, roles) VALUES (gen_random_uuid(), 'team', 'a team', '{}') RETURNING id`,
    );
    const insert = runAs(database.superuser, 'INSERT INTO account (principal_id, password_hash) VALUES ($1, $2)', [
      team?.id,
      await hashPassword(PASSWORD),
    ]);
    await expect(insert).rejects.toMatchObject({ constraint: 'account_principal_fkey' });
  });
});
