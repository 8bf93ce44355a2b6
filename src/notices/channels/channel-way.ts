import { DEFAULT_PORTS } from '../../egress/allow-rule.ts';
import { describeDestination } from '../../egress/pin.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { sealSecret } from '../../secrets/sealed-secret.ts';
import type { NewWay } from './channel.store.ts';
import type { Channel, ChannelChange, EmailSettings, NewChannel } from './channel.ts';
import { secretFields } from './channel-secrets.ts';
import { makeWebhookSecret } from './webhook-signature.ts';

/**
 * Where a new channel leads, with its secrets sealed, and the secret that its messages are signed with: null for e-mail.
 * @throws AppError `invalid` `webhook-or-email`, `password-needs-login`, `address-of-webhook`.
 */
export function newWayOf(keyring: Keyring, id: string, wanted: NewChannel): { way: NewWay; secret: string | null } {
  const { webhook, email } = wanted;
  if (webhook !== undefined && email === undefined) {
    requireNoAddress(wanted.subscriptions);
    const secret = makeWebhookSecret();
    const sealedSecret = sealSecret(keyring, secretFields.signing(id), secret);
    return { way: { ...webhookPlace(keyring, id, webhook.url), expectBody: webhook.expectBody, sealedSecret }, secret };
  }
  if (email === undefined || webhook !== undefined) {
    throw invalid(
      'webhook-or-email',
      webhook ? '#/email' : '#/webhook',
      'must be there if the other one is not, and only then',
    );
  }
  const { password, ...settings } = email;
  requireLogin(settings, password !== null);
  const sealedPassword = password === null ? null : sealSecret(keyring, secretFields.password(id), password);
  return { way: { destination: mailDestination(settings), email: settings, sealedPassword }, secret: null };
}

/**
 * What a change says of where a channel leads. A password that was given for one login is not sent to another: who may change a
 * channel need not know it.
 * @throws AppError `invalid` `not-of-this-kind`, `password-to-be-given-again`, `password-needs-login`, `address-of-webhook`.
 */
export function changedWayOf(keyring: Keyring, before: Channel, change: ChannelChange): Partial<NewWay> {
  const { id } = before;
  const { webhook, email, subscriptions } = change;
  if (before.email === null) {
    if (email !== undefined) throw invalid('not-of-this-kind', '#/email', 'is for channels of e-mail');
    if (subscriptions !== undefined) requireNoAddress(subscriptions);
    const place = webhook?.url === undefined ? {} : webhookPlace(keyring, id, webhook.url);
    return webhook?.expectBody === undefined ? place : { ...place, expectBody: webhook.expectBody };
  }
  if (webhook !== undefined) throw invalid('not-of-this-kind', '#/webhook', 'is for channels that are webhooks');
  if (email === undefined) return {};
  const { hasPassword, ...old } = before.email;
  const { password, ...stated } = email;
  const settings = { ...old, ...withoutUndefined(stated) };
  if (password === undefined) {
    const isSame = (['host', 'port', 'security', 'user'] as const).every((field) => old[field] === settings[field]);
    if (hasPassword && !isSame) {
      const message = 'must be given again where host, port, security or user change';
      throw invalid('password-to-be-given-again', '#/email/password', message);
    }
  }
  requireLogin(settings, password === undefined ? hasPassword : password !== null);
  const place = { destination: mailDestination(settings), email: settings };
  if (password === undefined) return place;
  return { ...place, sealedPassword: password && sealSecret(keyring, secretFields.password(id), password) };
}

function webhookPlace(keyring: Keyring, id: string, url: string) {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    destination: describeDestination({ scheme, host, port: Number(port) || (DEFAULT_PORTS[scheme] ?? 0) }),
    sealedUrl: sealSecret(keyring, secretFields.url(id), url),
  };
}

function mailDestination({ host, port, security }: EmailSettings): string {
  return describeDestination({ scheme: security === 'tls' ? 'smtps' : 'smtp', host, port });
}

/** A password belongs to a user, and goes over no line in the clear. */
function requireLogin({ user, security }: EmailSettings, hasPassword: boolean): void {
  if ((user === null) === hasPassword) {
    throw invalid('password-needs-login', '#/email/password', 'must be given with user, and only then');
  }
  if (hasPassword && security === 'none') {
    throw invalid('password-needs-login', '#/email/security', 'must be tls or starttls where there is a password');
  }
}

function requireNoAddress(subscriptions: NewChannel['subscriptions']): void {
  const index = subscriptions.findIndex(({ address }) => address !== null);
  if (index >= 0) throw invalid('address-of-webhook', `#/subscriptions/${index}/address`, 'is for channels of e-mail');
}

function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function invalid(code: string, field: string, message: string): AppError {
  return new AppError('invalid', code, `${field} ${message}`, { fields: [{ field, message }] });
}
