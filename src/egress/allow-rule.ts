import ipaddr from 'ipaddr.js';
import { AppError } from '../kernel/errors.ts';
import { type Address, type AddressBlock, isInBlock, parseBlock } from './address.ts';

/** Where a connection goes: a scheme, a host in its canonical form (see {@link canonicalHost}) and a port. */
export interface Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** One thing that an administrator allows. */
export interface AllowRule {
  readonly scheme: string;
  readonly port: number | 'any';
  /** A name, a name below `suffix`, any name, or blocks of addresses. */
  readonly hosts:
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'below'; readonly suffix: string }
    | { readonly kind: 'any' }
    | { readonly kind: 'blocks'; readonly blocks: readonly AddressBlock[] };
}

/** Ports that go without saying. */
export const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  sftp: 22,
  // Submission (RFC 6409, RFC 8314); a relay on port 25 is allowed by its port.
  smtp: 587,
  smtps: 465,
  postgresql: 5432,
};

const FORM = /^(?:([a-z][a-z0-9]*):\/\/)?(\[[^\]\s]+\]|[^:/\s[\]]+(?:\/\d{1,3})?)(?::(\d{1,5}|\*))?$/;
const LOCALHOST = ['127.0.0.0/8', '::1/128'].map((block) => ipaddr.parseCIDR(block));

/**
 * Reads a rule: `[scheme://]host[:port]`. Without a scheme it is https, without a port the scheme's own, `*` is any port.
 * The host is a name (`hooks.example.com`), every name below one (`*.example.com`), any name (`*`), an address or a block
 * (`10.1.2.3`, `10.0.0.0/8`, `[fd00::1]`, `[fd00::/8]`), or `localhost`, which stands for the loopback addresses.
 *
 * @throws AppError `invalid` `bad-allow-rule`.
 */
export function parseAllowRule(text: string): AllowRule {
  const match = FORM.exec(text.trim().toLowerCase());
  const scheme = match?.[1] ?? 'https';
  const port = match?.[3] ?? DEFAULT_PORTS[scheme];
  if (!match?.[2]) throw badRule(text, 'must be [scheme://]host[:port], without a path');
  if (port === undefined) throw badRule(text, `needs a port: ${scheme} has none of its own`);
  if (port !== '*' && (Number(port) < 1 || Number(port) > 65_535)) throw badRule(text, 'has an impossible port');
  return { scheme, port: port === '*' ? 'any' : Number(port), hosts: parseHosts(text, match[2]) };
}

/** Whether a rule lists this address itself. */
export function allowsAddress(rule: AllowRule, to: Destination, address: Address): boolean {
  return fits(rule, to) && rule.hosts.kind === 'blocks' && rule.hosts.blocks.some((block) => isInBlock(address, block));
}

/** Whether a rule lists the name. */
export function allowsName(rule: AllowRule, to: Destination): boolean {
  if (!fits(rule, to)) return false;
  const { hosts } = rule;
  if (hosts.kind === 'any') return true;
  if (hosts.kind === 'name') return hosts.name === to.host;
  return hosts.kind === 'below' && to.host.endsWith(`.${hosts.suffix}`);
}

/**
 * A host in the one form that is compared: lower case, punycode, no brackets, no dot at the end, and an address that was
 * written oddly (`0x7f.1`, `2130706433`, `0177.0.0.1`) in its usual form, as the WHATWG URL parser reads it.
 *
 * @returns undefined when it is no host.
 */
export function canonicalHost(host: string): string | undefined {
  const url = URL.parse(`http://${host}/`);
  if (url?.pathname !== '/' || url.port !== '' || url.username !== '' || url.search !== '') return undefined;
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return name === '' ? undefined : name;
}

function fits(rule: AllowRule, to: Destination): boolean {
  return rule.scheme === to.scheme && (rule.port === 'any' || rule.port === to.port);
}

function parseHosts(text: string, host: string): AllowRule['hosts'] {
  if (host === '*') return { kind: 'any' };
  if (host.startsWith('*.')) {
    const suffix = canonicalHost(host.slice(2));
    if (suffix === undefined || parseBlock(suffix)) throw badRule(text, 'has no name after *.');
    return { kind: 'below', suffix };
  }
  const written = host.replace(/^\[(.*)\]$/, '$1');
  if (written.includes('/')) {
    const block = parseBlock(written);
    if (!block) throw badRule(text, 'has no block of addresses before its port');
    return { kind: 'blocks', blocks: [block] };
  }
  const name = canonicalHost(host);
  if (name === undefined || name.includes('*')) throw badRule(text, 'names no host');
  if (name === 'localhost') return { kind: 'blocks', blocks: LOCALHOST };
  const block = parseBlock(name);
  return block ? { kind: 'blocks', blocks: [block] } : { kind: 'name', name };
}

function badRule(text: string, what: string): AppError {
  return new AppError('invalid', 'bad-allow-rule', `The egress rule "${text}" ${what}`);
}
