import { beforeAll, describe, expect, test } from 'vitest';
import { createEgress } from '../../../src/egress/egress.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { channelById } from '../../../src/notices/channels/channel.queries.ts';
import { updateChannel } from '../../../src/notices/channels/channel.service.ts';
import { channelChangeSchema } from '../../../src/notices/channels/channel.ts';
import { sendTest } from '../../../src/notices/channels/test-message.service.ts';
import { insertPerson, insertTeam, setMembers } from '../../../src/people/people.store.ts';
import { makeCaller } from '../../people/cast.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { useDatabase } from '../../support/database.ts';
import { ACCOUNT, closeMailServers, type MailServer, type Manners, selfMade, startMailServer } from './mail-server.ts';
import { useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const certificate = selfMade('mail.test');
const withTls = test.skipIf(certificate === undefined);

/** Every name leads to the loopback address, so that a certificate for a name can be checked. */
const egressTrusting = (certificateAuthorities: readonly string[]) =>
  createEgress({
    ...{ allowList: ['smtp://127.0.0.1:*', 'smtps://127.0.0.1:*'], certificateAuthorities },
    resolve: async () => ['127.0.0.1'],
  });
const bench = useChannels(database, {
  egress: egressTrusting(certificate === undefined ? [] : [certificate.cert]),
  sendMs: 2000,
});
closeMailServers();

let plain: MailServer;
beforeAll(async () => {
  plain = await startMailServer();
});

const FROM = 'muster@example.org';

/** A channel of e-mail to a server without TLS and login, unless stated. */
const channelTo = ({ port }: Pick<MailServer, 'port'>, email: object = {}, more: object = {}) =>
  bench.channel(
    { url: '' },
    { webhook: null, email: { host: 'mail.test', port, security: 'none', from: FROM, ...email }, ...more },
  );

async function mailedPerson(contacts: readonly string[] = []): Promise<{ id: string; email: string }> {
  const id = await bench.person();
  const email = `${id}@example.org`;
  await database.db.transaction(async (tx) => {
    await insertPerson(tx, { id, email, zone: null });
    for (const [index, value] of contacts.entries()) {
      await tx.execute(`INSERT INTO person_contact (person_id, seq, kind, value) VALUES ($1, $2, 'email', $3)`, [
        ...[id, index + 1, value],
      ]);
    }
  });
  return { id, email };
}

describe('whom mails go to', () => {
  const addressesOf = async (channelId: string) =>
    (await bench.log(channelId)).map(({ address }) => address).toSorted();

  test('to the person who is told: by the first usable contact, or else by the address of the register', async () => {
    const register = await mailedPerson();
    const contact = await mailedPerson(['not an address, a@example.org', 'at-night@example.org', 'other@example.org']);
    const { id } = await channelTo(plain);
    await bench.post([register.id]);
    await bench.post([contact.id]);
    expect(await addressesOf(id)).toEqual([register.email, 'at-night@example.org'].toSorted());
  });

  test('to every member of the team that is told who is not disabled, and once to each', async () => {
    const [one, two, gone] = [await mailedPerson(), await mailedPerson(), await mailedPerson()];
    const team = (await makeCaller(database.db, { kind: 'team' })).principal.id;
    await database.db.transaction(async (tx) => {
      await insertTeam(tx, team);
      await setMembers(tx, team, [one.id, two.id, gone.id]);
      await tx.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.id]);
    });
    const { id } = await channelTo(
      plain,
      {},
      { subscriptions: [{}, { recipientId: team }, { kindPrefix: 'backup.' }] },
    );
    await bench.post([team]);
    expect(await addressesOf(id)).toEqual([one.email, two.email].toSorted());
  });

  test('to the address that a subscription states, whoever is told', async () => {
    const { id } = await channelTo(plain, {}, { subscriptions: [{ address: 'room@example.org', urgencyMin: 3 }] });
    await bench.post([await bench.person()], { urgency: 3 });
    await bench.post([await bench.person()], { urgency: 2 });
    expect(await addressesOf(id)).toEqual(['room@example.org']);
  });
});

describe('a mail', () => {
  test('says what the notice says, under an id that stays', async () => {
    const { id } = await channelTo(plain, {}, { subscriptions: [{ address: 'room@example.org' }] });
    plain.manners = { onMail: once(451) };
    await bench.post([await bench.person()], {
      urgency: 4,
      summary: 'Backup of 库存 is damaged\r\nBcc: all@example.org',
    });
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 1 });
    await bench.pausesOver(id);
    expect(await bench.deliver(id)).toEqual({ delivered: 1, failed: 0 });
    const [delivery] = await bench.log(id);
    const mail = plain.mails.at(-1);
    expect(mail).toMatchObject({ from: FROM, to: ['room@example.org'] });
    expect(mail?.text).toContain(`Message-ID: <${delivery?.id}@example.org>`);
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(mail?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(mail?.text).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(delivery?.attempts).toMatchObject([
      { outcome: 'failed', status: 451, detail: 'answered 451 to DATA' },
      { outcome: 'delivered', status: 250 },
    ]);
  });

  test.each<[string, Manners, object]>([
    ['greylisting is tried again', { onRecipient: () => 450 }, { state: 'waiting', status: 450, outcome: 'failed' }],
    ['a recipient who is unknown is given up', { onRecipient: () => 550 }, { state: 'dead', status: 550 }],
    ['a mail that is refused is given up', { onMail: () => 554 }, { state: 'dead', status: 554, outcome: 'refused' }],
    ['a server that is closing is left in peace', { onMail: () => 421 }, { state: 'waiting', status: 421 }],
    ['a server that says nothing runs out of time', { isSilent: true }, { state: 'waiting', status: null }],
  ])('%s', async (_what, manners, expected) => {
    const server = await startMailServer();
    server.manners = manners;
    const { id } = await channelTo(server, {}, { subscriptions: [{ address: 'room@example.org' }] });
    await bench.post([await bench.person()]);
    await bench.deliver(id);
    const [delivery] = await bench.log(id);
    expect({ ...delivery?.attempts[0], state: delivery?.state }).toMatchObject(expected);
    expect(JSON.stringify(delivery)).not.toContain('secret words');
  });

  test('goes nowhere that no rule allows, and not to another address than the one that was judged', async () => {
    const deps = { ...bench.deps, egress: createEgress({ allowList: [] }) };
    const { id } = await channelTo(plain);
    const before = plain.mails.length;
    const { result } = await sendTest(bench.caller, deps, id, 'room@example.org');
    expect(result.detail).toContain('MUSTER_EGRESS_ALLOW');
    // The name leads nowhere in the resolver of the system: only the pinned address was connected to.
    expect((await sendTest(bench.caller, bench.deps, id, 'room@example.org')).result.outcome).toBe('delivered');
    expect(plain.mails).toHaveLength(before + 1);
  });
});

/** A refusal that is given once. */
function once(status: number) {
  let isGiven = false;
  return () => {
    if (isGiven) return undefined;
    isGiven = true;
    return status;
  };
}

describe('TLS and login', () => {
  withTls.each([
    ['starttls', false],
    ['tls', true],
  ])('by %s the mail goes over TLS, with user and password', async (security, isImplicit) => {
    const server = await startMailServer({ ...(certificate && { certificate }), isImplicit, wantsLogin: true });
    const { id } = await channelTo(server, { security, ...ACCOUNT });
    const { result } = await sendTest(bench.caller, bench.deps, id, 'room@example.org');
    expect(result).toMatchObject({ outcome: 'delivered' });
    expect(server.mails).toMatchObject([{ isSecure: true, user: ACCOUNT.user, to: ['room@example.org'] }]);
  });

  withTls('a certificate of another name, or of nobody who is trusted, ends it before anything was said', async () => {
    const server = await startMailServer({ ...(certificate && { certificate }), wantsLogin: true });
    const other = await channelTo(server, { host: 'other.test', security: 'starttls', ...ACCOUNT });
    const wrongName = await sendTest(bench.caller, bench.deps, other.id, 'room@example.org');
    const { id } = await channelTo(server, { security: 'starttls', ...ACCOUNT });
    const strict = { ...bench.deps, egress: egressTrusting([]) };
    const untrusted = await sendTest(bench.caller, strict, id, 'room@example.org');
    expect([wrongName, untrusted].map(({ result }) => result.outcome)).toEqual(['failed', 'failed']);
    expect(server.mails).toEqual([]);
  });

  test('a server that offers no TLS gets no password', async () => {
    const server = await startMailServer({ wantsLogin: true });
    const { id } = await channelTo(server, { security: 'starttls', ...ACCOUNT });
    const { result } = await sendTest(bench.caller, bench.deps, id, 'room@example.org');
    expect(result.outcome).toBe('failed');
    expect(server.mails).toEqual([]);
  });

  withTls('a wrong password fails, and the channel is left in peace', async () => {
    const server = await startMailServer({ ...(certificate && { certificate }), wantsLogin: true });
    const email = { security: 'starttls', user: ACCOUNT.user, password: 'wrong' };
    const { id } = await channelTo(server, email, { subscriptions: [{ address: 'room@example.org' }] });
    await bench.post([await bench.person()]);
    await bench.deliver(id);
    expect(await bench.log(id)).toMatchObject([{ state: 'waiting', attempts: [{ outcome: 'failed', status: 535 }] }]);
    expect((await channelById(database.db, id)).pausedUntil).not.toBeNull();
  });
});

describe('the password of a channel', () => {
  const change = (id: string, version: number, body: object) =>
    database.db.transaction((tx) =>
      updateChannel(tx, bench.caller, bench.keyring, { id, expectedVersion: version }, channelChangeSchema.parse(body)),
    );

  test('is kept for its login only: another host or user needs it again', async () => {
    const { id } = await channelTo(plain, { security: 'starttls', ...ACCOUNT });
    expect(await change(id, 1, { email: { from: 'other@example.org' } })).toMatchObject({
      email: { hasPassword: true, from: 'other@example.org', user: ACCOUNT.user },
    });
    for (const email of [{ host: 'elsewhere.test' }, { port: 26 }, { user: 'other' }, { security: 'tls' }]) {
      await expect(change(id, 2, { email })).rejects.toMatchObject({ code: 'password-to-be-given-again' });
    }
    await expect(change(id, 2, { email: { security: 'none', password: 'x' } })).rejects.toMatchObject({
      fields: [{ field: '#/email/security' }],
    });
    await expect(change(id, 2, { webhook: { expectBody: 'x' } })).rejects.toMatchObject({ code: 'not-of-this-kind' });
    const moved = await change(id, 2, { email: { host: 'elsewhere.test', password: 'another' } });
    expect(moved).toMatchObject({ destination: `smtp://elsewhere.test:${plain.port}`, version: 3 });
    expect(await change(id, 3, { email: { user: null, password: null } })).toMatchObject({
      email: { hasPassword: false, user: null },
    });
  });

  test('is nowhere in the clear', async () => {
    const { id } = await channelTo(plain, { security: 'starttls', user: 'u', password: 'sesame-7300' });
    const rows = await database.db.rows(
      `SELECT c.*, (SELECT jsonb_agg(e.details) FROM audit_entry e WHERE e.subject_id = c.id::text) AS trail
       FROM notification_channel c WHERE id = $1`,
      [id],
    );
    expect(JSON.stringify(rows)).not.toContain('sesame-7300');
    expect(JSON.stringify(rows)).toContain('"password":"given"');
  });
});

test.each([
  [{}, '#/webhook'],
  [{ webhook: { url: 'http://127.0.0.1/' }, email: { host: 'mail.test', from: FROM } }, '#/email'],
  [{ email: { host: 'mail.test', from: FROM, user: 'u' } }, '#/email/password'],
  [{ email: { host: 'mail.test', from: FROM, user: 'u', password: 'p', security: 'none' } }, '#/email/security'],
  [{ webhook: { url: 'http://127.0.0.1/' }, subscriptions: [{ address: 'a@b.test' }] }, '#/subscriptions/0/address'],
])('%j is no channel, and what is wrong is named', async (wanted, field) => {
  const made = bench.channel({ url: '' }, { name: `channel ${newId()}`, webhook: null, ...wanted });
  await expect(made).rejects.toMatchObject({ kind: 'invalid', fields: [{ field }] });
});
