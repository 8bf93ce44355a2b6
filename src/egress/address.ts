import ipaddr from 'ipaddr.js';

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;

/** An address as it is judged, and as it is connected to. They differ for IPv6 forms that carry an IPv4 address. */
export interface Address {
  readonly text: string;
  readonly family: 4 | 6;
  readonly judged: Parsed;
}

/** A block of addresses. */
export type AddressBlock = readonly [Parsed, number];

const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
const GLOBAL_UNICAST_6 = ipaddr.parseCIDR('2000::/3');

/** Where clouds answer questions about a machine's credentials, outside the link-local range. */
const METADATA = ['168.63.129.16', '100.100.100.200', 'fd00:ec2::254'].map((text) => ipaddr.parse(text));

/**
 * An address from its usual text. IPv4 inside IPv6 (mapped, RFC 4291; NAT64, RFC 6052) is judged as the IPv4 address that
 * it leads to.
 *
 * @returns undefined for anything that is not an address in full: `127.1`, `0x7f000001` and the like are not.
 */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%.*$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return { text: plain, family: 4, judged: ipaddr.IPv4.parse(plain) };
  if (!ipaddr.IPv6.isValid(plain)) return undefined;
  const parsed = ipaddr.IPv6.parse(plain);
  if (parsed.isIPv4MappedAddress()) {
    const inner = parsed.toIPv4Address();
    return { text: inner.toString(), family: 4, judged: inner };
  }
  return {
    text: parsed.toString(),
    family: 6,
    judged: parsed.match(NAT64 as [ipaddr.IPv6, number]) ? embedded(parsed) : parsed,
  };
}

/** A block from `10.0.0.0/8`, `fd00::/8` or a single address. @returns undefined when it is none. */
export function parseBlock(text: string): AddressBlock | undefined {
  if (text.includes('/')) return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
  const address = parseAddress(text);
  return address && [address.judged, address.judged.kind() === 'ipv4' ? 32 : 128];
}

export function isInBlock(address: Address, [network, bits]: AddressBlock): boolean {
  return address.judged.kind() === network.kind() && address.judged.match(network, bits);
}

/**
 * Why an address may be reached only when it is listed itself, in one word; undefined for the public and private unicast
 * addresses that an allowed name may lead to. Ranges are those of the IANA special-purpose registries (RFC 6890).
 */
export function specialRangeOf(address: Address): string | undefined {
  const { judged } = address;
  if (METADATA.some((each) => each.toNormalizedString() === judged.toNormalizedString())) return 'metadata';
  const range = judged.range();
  if (range === 'private' || range === 'carrierGradeNat' || range === 'uniqueLocal') return undefined;
  // Everything outside 2000::/3 that has no name yet is reserved too, the old ::a.b.c.d form among it.
  if (range === 'unicast') return judged.kind() === 'ipv4' || isGlobal(judged) ? undefined : 'reserved';
  return range === 'linkLocal' ? 'link-local' : range;
}

function isGlobal(address: Parsed): boolean {
  return address.match(GLOBAL_UNICAST_6[0], GLOBAL_UNICAST_6[1]);
}

function embedded(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
