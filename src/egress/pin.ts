import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { AppError } from '../kernel/errors.ts';
import { type Address, parseAddress, specialRangeOf } from './address.ts';
import { type AllowRule, allowsAddress, allowsName, type Destination } from './allow-rule.ts';

/** Asks for every address of a name, once. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The system's resolver: hosts file and DNS. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map((answer) => answer.address);

/** A destination whose addresses were looked up, judged, and stay what they are: connect to these and to nothing else. */
export interface PinnedDestination extends Destination {
  readonly addresses: readonly [Address, ...Address[]];
}

/** What decides where a connection may go. */
export interface Policy {
  readonly rules: readonly AllowRule[];
  readonly resolve: Resolve;
  /** Whether the run itself listens there. */
  readonly isOwn: (address: Address, port: number) => boolean;
}

/** Answers beyond this many are more than any honest name has. */
const ADDRESSES_MAX = 64;

/**
 * Looks a destination up once and judges every answer. Reachable is what a rule lists by address, what the run itself
 * started, and an ordinary unicast address whose name a rule lists. One answer that is not reachable spoils all: a name
 * that leads to a public and to a loopback address is not to be trusted with either.
 *
 * @throws AppError `forbidden` `egress-refused`; `unavailable` `egress-unresolved`.
 */
export async function pinDestination(to: Destination, policy: Policy): Promise<PinnedDestination> {
  const literal = parseAddress(to.host);
  const nameListed = policy.rules.some((rule) => allowsName(rule, to));
  // A name that nobody listed is not even looked up, unless a listed block or an own server may be behind it.
  if (!literal && !nameListed && !mayLeadToListed(to, policy)) throw refused(to, 'is not on the allow-list');
  const addresses = literal ? [literal] : await addressesOf(to, policy.resolve);
  for (const address of addresses) {
    if (policy.isOwn(address, to.port) || policy.rules.some((rule) => allowsAddress(rule, to, address))) continue;
    const special = specialRangeOf(address);
    if (special) throw refused(to, `leads to a ${special} address, which must be listed itself`);
    if (!nameListed) throw refused(to, 'is not on the allow-list');
  }
  const [first, ...others] = addresses;
  if (!first) throw unresolved(to);
  return { ...to, addresses: [first, ...others] };
}

/** For sockets that are told a name: it leads to the addresses that were judged. @param to asked with each connection. */
export function pinnedLookup(to: () => PinnedDestination): LookupFunction {
  return (_host, options, callback) => {
    const { addresses } = to();
    if (options.all)
      callback(
        null,
        addresses.map(({ text, family }) => ({ address: text, family })),
      );
    else callback(null, addresses[0].text, addresses[0].family);
  };
}

/** A destination for messages: scheme, host and port. A path or query may hold a token, so they are never in one. */
export function describeDestination({ scheme, host, port }: Destination): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function mayLeadToListed(to: Destination, policy: Policy): boolean {
  const ports = (rule: AllowRule) => rule.port === 'any' || rule.port === to.port;
  return (
    to.host === 'localhost' ||
    policy.rules.some((rule) => rule.hosts.kind === 'blocks' && rule.scheme === to.scheme && ports(rule))
  );
}

async function addressesOf(to: Destination, resolve: Resolve): Promise<Address[]> {
  const answers = await resolve(to.host).catch(() => {
    throw unresolved(to);
  });
  if (answers.length > ADDRESSES_MAX) throw unresolved(to);
  return answers.map((answer) => {
    const address = parseAddress(answer);
    if (!address) throw unresolved(to);
    return address;
  });
}

function refused(to: Destination, why: string): AppError {
  const message = `${describeDestination(to)} ${why}: an administrator allows it with MUSTER_EGRESS_ALLOW`;
  return new AppError('forbidden', 'egress-refused', message);
}

function unresolved(to: Destination): AppError {
  return new AppError('unavailable', 'egress-unresolved', `The name ${to.host} leads to no address`);
}
