import { describe, expect, test } from 'vitest';
import { parseAddress, specialRangeOf } from '../../src/egress/address.ts';
import { allowsAddress, allowsName, canonicalHost, parseAllowRule } from '../../src/egress/allow-rule.ts';

const destination = (scheme: string, host: string, port: number) => ({ scheme, host, port });

describe('a rule by name', () => {
  test.each([
    ['hooks.example.com', destination('https', 'hooks.example.com', 443), true],
    ['hooks.example.com', destination('http', 'hooks.example.com', 80), false],
    ['hooks.example.com', destination('https', 'hooks.example.com', 8443), false],
    ['hooks.example.com', destination('https', 'evil-hooks.example.com', 443), false],
    ['hooks.example.com', destination('https', 'hooks.example.com.evil.test', 443), false],
    ['HTTPS://Hooks.Example.COM.', destination('https', 'hooks.example.com', 443), true],
    ['https://hooks.example.com:8443', destination('https', 'hooks.example.com', 8443), true],
    ['https://hooks.example.com:*', destination('https', 'hooks.example.com', 9999), true],
    ['*.example.com', destination('https', 'a.b.example.com', 443), true],
    ['*.example.com', destination('https', 'example.com', 443), false],
    ['*.example.com', destination('https', 'notexample.com', 443), false],
    ['sftp://vault.example.com', destination('sftp', 'vault.example.com', 22), true],
    ['https://*', destination('https', 'anything.test', 443), true],
    ['https://*', destination('http', 'anything.test', 80), false],
    ['bücher.example', destination('https', 'xn--bcher-kva.example', 443), true],
    ['10.0.0.1', destination('https', '10.0.0.1', 443), false],
  ])('%s and %o: %s', (rule, to, allowed) => {
    expect(allowsName(parseAllowRule(rule), to)).toBe(allowed);
  });
});

describe('a rule by address', () => {
  test.each([
    ['http://10.0.0.0/8:9000', '10.20.30.40', 9000, true],
    ['http://10.0.0.0/8:9000', '11.0.0.1', 9000, false],
    ['http://10.0.0.0/8:9000', '10.20.30.40', 9001, false],
    ['http://127.0.0.1:80', '127.0.0.1', 80, true],
    ['http://127.0.0.1:80', '127.0.0.2', 80, false],
    ['http://127.0.0.1:80', '::ffff:127.0.0.1', 80, true],
    ['http://[fd00::/8]:80', 'fd12::1', 80, true],
    ['http://[fd00::/8]:80', 'fe80::1', 80, false],
    ['http://[::1]:80', '::1', 80, true],
    ['http://localhost:80', '127.0.0.53', 80, true],
    ['http://localhost:80', '::1', 80, true],
    ['http://localhost:80', '10.0.0.1', 80, false],
    ['http://0x7f.1:80', '127.0.0.1', 80, true],
    ['http://*:80', '127.0.0.1', 80, false],
  ])('%s and %s port %d: %s', (rule, text, port, allowed) => {
    const address = parseAddress(text);
    expect(address && allowsAddress(parseAllowRule(rule), destination('http', text, port), address)).toBe(allowed);
  });
});

describe('a rule that cannot be read is refused', () => {
  test.each([
    '',
    'https://',
    'https://example.com/path',
    'https://user@example.com',
    'https://example.com:0',
    'https://example.com:65536',
    'https://example.com:abc',
    'tcp://example.com',
    '10.0.0.0/99',
    '[fd00::/200]',
    '*.10.0.0.1',
    '*.',
    'ex*mple.com',
    'two words',
    'a b.example',
  ])('%j', (rule) => {
    expect(() => parseAllowRule(rule)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad-allow-rule' }));
  });
});

describe('an address that only its own rule opens', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::127.0.0.1', 'loopback'],
    ['::7f00:1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['192.0.2.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2002:7f00:1::', '6to4'],
    ['2001::1', 'teredo'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['4000::1', 'reserved'],
  ])('%s is %s', (text, range) => {
    const address = parseAddress(text);
    expect(address && specialRangeOf(address)).toBe(range);
  });

  test.each([
    '1.1.1.1',
    '10.1.2.3',
    '192.168.1.1',
    '172.31.0.1',
    '100.64.0.1',
    '2606:4700::1',
    'fd12::1',
    '64:ff9b::101:101',
  ])('%s is none of these', (text) => {
    const address = parseAddress(text);
    expect(address).toBeDefined();
    expect(address && specialRangeOf(address)).toBeUndefined();
  });

  test.each(['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '1.2.3', 'localhost', '', '1.2.3.4.5', '::g'])(
    '%j is no address in full, so it is never judged by its looks',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('a host', () => {
  test.each([
    ['LOCALHOST.', 'localhost'],
    ['2130706433', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['[::FFFF:127.0.0.1]', '::ffff:7f00:1'],
    ['%31%32%37.0.0.1', '127.0.0.1'],
    ['a/b', undefined],
    ['a@b', undefined],
    ['a:80', 'a'],
    ['a:81', undefined],
    ['', undefined],
    ['a b', undefined],
  ])('%s has the one form %s', (host, form) => {
    expect(canonicalHost(host)).toBe(form);
  });
});
