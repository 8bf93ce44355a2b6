import { expect, test } from 'vitest';
import { isZone } from '../../src/kernel/zone.ts';

test.each(['Asia/Shanghai', 'UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+8'])(
  '%s is a zone',
  (zone) => {
    expect(isZone(zone)).toBe(true);
  },
);

test.each([
  '',
  '+08:00',
  '+0800',
  'GMT+25',
  'Asia/Nowhere',
  'CET/..',
  '8',
  'Asia/Shanghai ',
  `Asia/${'x'.repeat(100)}`,
])('"%s" is none', (zone) => {
  expect(isZone(zone)).toBe(false);
});

test('every zone that this Node knows is one', () => {
  const known = Intl.supportedValuesOf('timeZone');
  expect(known.length).toBeGreaterThan(300);
  expect(known.filter((zone) => !isZone(zone))).toEqual([]);
});
