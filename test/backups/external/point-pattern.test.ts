import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { groupOf, matchPath, mayHold } from '../../../src/backups/external/pattern-match.ts';
import { type PointPattern, parsePattern } from '../../../src/backups/external/point-pattern.ts';
import { takenAtOf } from '../../../src/backups/external/point-time.ts';
import { scaled } from '../../support/scale.ts';

/** The instant that a name stands for; undefined when it does not fit. */
function instantIn(text: string, path: string, zone = 'UTC', lastChange = '2001-01-01T00:00:00Z'): string | undefined {
  const pattern = parsePattern(text);
  const match = matchPath(pattern, path);
  if (match === undefined) return undefined;
  const { fields } = match;
  return takenAtOf({ fields, precision: pattern.precision }, zone, Temporal.Instant.from(lastChange)).toString();
}

function groupIn(pattern: PointPattern, path: string): string {
  const match = matchPath(pattern, path);
  if (match === undefined) throw new Error(`${path} does not fit`);
  return groupOf(pattern, match);
}

describe('a pattern', () => {
  it.each([
    ['app.dump', 'app.dump', true],
    ['app.dump', 'db/app.dump', false],
    ['*.dump', 'app.dump', true],
    ['*.dump', '.dump', true],
    ['*.dump', 'db/app.dump', false],
    ['db/*', 'db/app', true],
    ['db/*', 'db', false],
    ['db/*', 'db/app/x', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['**/app.dump', 'app.dump', true],
    ['**/app.dump', 'x/y/app.dump', true],
    ['db/**', 'db', false],
    ['db/**', 'db/x', true],
    ['db/**', 'db/x/y', true],
    ['**/a/**/b', 'a/b', true],
    ['**/a/**/b', 'x/a/a/y/b', true],
    ['**/a/**/b', 'x/a/y/c', false],
    ['*a*b*', 'xaxxbx', true],
    ['*a*b*', 'bbba', false],
    ['100%%', '100%', true],
    ['app-%F.dump', 'app-2026-02-28.dump', true],
    ['app-%F.dump', 'app-2026-2-28.dump', false],
    ['app-%Y%m%d.dump', 'app-20260231.dump', false],
    ['app-%Y%m%d.dump', 'app-20240229.dump', true],
    ['app-%Y%m%d.dump', 'app-20261301.dump', false],
    ['app-%Y%m%dT%H%M%S', 'app-20260101T240000', false],
    ['app-%Y%j', 'app-2026366', false],
    ['app-%Y%j', 'app-2024366', true],
    ['app-%d%b%Y', 'app-01Jan2026', true],
    ['app-%d%b%Y', 'app-01jan2026', false],
    ['*.(dump)+[a-z]$', 'x.(dump)+[a-z]$', true],
    ['*%Y%m%d*', 'host-12-20260301-full', true],
  ])('%s and the path %s: %s', (text, path, fits) => {
    expect(matchPath(parsePattern(text), path) !== undefined).toBe(fits);
  });

  it.each([
    ['/app', 'root'],
    ['a/../b', '..'],
    ['./a', 'segment .'],
    ['a//b', 'empty'],
    ['a/', 'empty'],
    ['', '1 to'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['\ud800', 'control'],
    ['a%q', '%q'],
    ['a%', '%,'],
    ['a%T', '%T'],
    ['a%__proto__', '%_'],
    ['%Y%Y', 'twice'],
    ['%Y%m%d-%F', 'twice'],
    ['%y%Y', 'twice'],
    ['%s-%Y', 'beside %s'],
    ['%Y%m%j', 'twice'],
    ['%m%d', 'no year'],
    ['%Y%d', 'no month'],
    ['%H%M', 'no day'],
    ['%Y%m%d%M', 'no hour'],
    ['a**', 'whole segment'],
    ['***', 'whole segment'],
    ['**/**/**/**/**/a', '4 times'],
    ['*?'.repeat(11), '20 wildcards'],
    ['a'.repeat(1001), '1000'],
  ])('%j is refused, and the message says why', (text, why) => {
    expect(() => parsePattern(text)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'bad-pattern',
        message: expect.stringContaining(why),
        fields: [expect.objectContaining({ field: '#/pattern' })],
      }),
    );
  });

  it.each([
    ['app', undefined],
    ['%Y/%m/*', undefined],
    ['%F', 'day'],
    ['%Y%j', 'day'],
    ['%F-%H', 'hour'],
    ['%F-%H%M', 'minute'],
    ['%F-%H%M%S', 'second'],
    ['%s', 'second'],
  ])('%s holds a time as fine as: %s', (text, precision) => {
    expect(parsePattern(text).precision).toBe(precision);
  });

  it('has one group for all files of one time, with the wildcards kept', () => {
    const pattern = parsePattern('**/app-%Y%m%d-?.*');
    expect(groupIn(pattern, 'x/app-20260101-1.dump')).toBe('**/app-20260101-?.*');
    expect(groupIn(pattern, 'y/z/app-20260101-2.log')).toBe('**/app-20260101-?.*');
  });
});

describe('the time in a name', () => {
  it.each([
    ['app-%Y%m%d%H%M%S', 'app-20260310143015', 'UTC', '2026-03-10T14:30:15Z'],
    ['app-%Y%m%d%H%M%S', 'app-20260310143015', 'Asia/Shanghai', '2026-03-10T06:30:15Z'],
    ['app-%s', 'app-1767225600', 'Asia/Shanghai', '2026-01-01T00:00:00Z'],
    ['app-%y%m%d%H', 'app-26010105', 'UTC', '2026-01-01T05:00:00Z'],
    ['app-%y%m%d%H', 'app-99010105', 'UTC', '1999-01-01T05:00:00Z'],
    ['%Y/%b/%d/%H%M', '2026/Dec/31/2359', 'UTC', '2026-12-31T23:59:00Z'],
    ['%Y-%j-%H', '2024-366-01', 'UTC', '2024-12-31T01:00:00Z'],
    // The clocks go forward from 02:00 to 03:00: 02:30 is read as 03:30.
    ['%F-%H%M', '2026-03-29-0230', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    // They go back from 03:00 to 02:00: the first 02:30 is meant.
    ['%F-%H%M', '2026-10-25-0230', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
  ])('%s in %s, read in %s, is %s', (text, path, zone, instant) => {
    expect(instantIn(text, path, zone)).toBe(instant);
  });

  it('of a day is the last change inside that day, and its beginning otherwise', () => {
    const at = (lastChange: string) => instantIn('%F', '2026-03-29', 'Europe/Berlin', lastChange);
    const begin = '2026-03-28T23:00:00Z';
    expect(at('2026-03-29T03:12:45Z')).toBe('2026-03-29T03:12:45Z');
    expect(at(begin)).toBe(begin);
    // The day has 23 hours.
    expect(at('2026-03-29T21:59:59Z')).toBe('2026-03-29T21:59:59Z');
    expect(at('2026-03-29T22:00:00Z')).toBe(begin);
    expect(at('2026-03-28T22:59:59Z')).toBe(begin);
  });

  it('is the last change where names hold none', () => {
    expect(instantIn('%Y/%m/*', '2026/01/x', 'UTC', '2026-01-07T01:02:03Z')).toBe('2026-01-07T01:02:03Z');
  });
});

describe('whether a directory is entered', () => {
  it.each([
    ['app-*', '', true],
    ['app-*', 'db', false],
    ['db/%Y/%m/*', 'db', true],
    ['db/%Y/%m/*', 'db/2026', true],
    ['db/%Y/%m/*', 'db/new', false],
    ['db/%Y/%m/*', 'db/2026/01/x', false],
    ['db/**', 'db/x/y/z', true],
    ['db/**', 'other', false],
    ['**/a/b', 'x/y', true],
    ['**/a/b/**/c', 'x/a/b', true],
  ])('%s and %j: %s', (text, directory, enters) => {
    expect(mayHold(parsePattern(text), directory)).toBe(enters);
  });
});

/** Patterns with what stands for their wildcards in one path that fits them; nothing that looks like a time. */
const letters = fc.stringMatching(/^[a-zA-ZäöüÄ文😀._ -]{0,6}$/u);
const piece = fc.oneof(
  fc.stringMatching(/^[a-z_.-]{1,4}$/).map((text) => ({ pattern: text, written: text })),
  letters.map((written) => ({ pattern: '*', written })),
  fc.constantFrom('x', '文', '😀').map((written) => ({ pattern: '?', written })),
);
const segment = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map((pieces) => ({
    pattern: pieces.map(({ pattern }) => pattern).join(''),
    written: pieces.map(({ written }) => written).join(''),
  }))
  .filter(
    ({ pattern, written }) => !/^\.{0,2}$/.test(written) && !/^\.{0,2}$/.test(pattern) && !pattern.includes('**'),
  );
const anyDepth = fc
  .array(fc.constantFrom('a', 'b', 'deep'), { maxLength: 3 })
  .map((names) => ({ pattern: '**', written: names.join('/') }));
const TIMES: readonly [string, (at: Temporal.ZonedDateTime) => string][] = [
  [
    '%Y%m%d-%H%M%S',
    (at) => at.toPlainDateTime().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '').replace('T', '-'),
  ],
  [
    '%F_%H.%M.%S',
    (at) => at.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', '_').replaceAll(':', '.'),
  ],
  ['%s', (at) => String(Math.floor(at.epochMilliseconds / 1000))],
];
const rendered = fc.record({
  before: fc.array(fc.oneof(segment, anyDepth), { maxLength: 3 }),
  time: fc.constantFrom(...TIMES),
  around: fc.tuple(segment, segment),
  after: fc.array(segment, { maxLength: 2 }),
  seconds: fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }),
});

function render({ before, time: [format, write], around, after, seconds }: RenderedTime, zone: string) {
  const at = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
  const named = {
    pattern: `${around[0].pattern}${format}${around[1].pattern}`,
    written: `${around[0].written}${write(at)}${around[1].written}`,
  };
  const all = [...before, named, ...after];
  return {
    pattern: all.map(({ pattern }) => pattern).join('/'),
    path: all.flatMap(({ written }) => (written === '' ? [] : [written])).join('/'),
  };
}

type RenderedTime = typeof rendered extends fc.Arbitrary<infer T> ? T : never;

describe('any pattern', () => {
  it('finds again the time that was written by it, and enters every directory on the way', () => {
    fc.assert(
      fc.property(rendered, (made) => {
        // UTC: no time of day stands for two instants.
        const { pattern: text, path } = render(made, 'UTC');
        const pattern = parsePattern(text);
        const match = matchPath(pattern, path);
        expect(match, `${text} ${path}`).toBeDefined();
        const { fields } = match ?? { fields: {} };
        const instant = takenAtOf(
          { fields, precision: pattern.precision },
          'UTC',
          Temporal.Instant.from('1970-01-01T00:00:00Z'),
        );
        expect(instant.epochMilliseconds).toBe(made.seconds * 1000);
        const names = path.split('/');
        for (let depth = 0; depth < names.length; depth += 1) {
          expect(mayHold(pattern, names.slice(0, depth).join('/')), `${text} ${path} ${depth}`).toBe(true);
        }
      }),
      { numRuns: scaled(1000) },
    );
  });

  it('of a group finds the files of that group and no others', () => {
    fc.assert(
      fc.property(rendered, fc.integer({ min: 1, max: 1_000_000 }), (made, later) => {
        const first = render(made, 'UTC');
        const second = render({ ...made, seconds: made.seconds - later }, 'UTC');
        const group = groupIn(parsePattern(first.pattern), first.path);
        const ofGroup = parsePattern(group.replaceAll('%', '%%'));
        expect(matchPath(ofGroup, first.path)).toBeDefined();
        expect(matchPath(ofGroup, second.path)).toBeUndefined();
      }),
      { numRuns: scaled(300) },
    );
  });

  it('costs no more than the product of the lengths, whatever a name looks like', () => {
    // Backtracking over each of these wildcards would not end before the test is given up.
    const pattern = parsePattern(`${'*a'.repeat(20)}b`);
    expect(matchPath(pattern, 'a'.repeat(255))).toBeUndefined();
    const deep = parsePattern('**/*a*a*a/**/*a*a*a/**/*a*a*a/**/b');
    expect(matchPath(deep, Array.from({ length: 500 }, () => 'aaaaaaaa').join('/'))).toBeUndefined();
    expect(mayHold(deep, Array.from({ length: 500 }, () => 'aaaaaaaa').join('/'))).toBe(true);
    const dates = parsePattern('*%Y%m%d*x');
    expect(matchPath(dates, '2026'.repeat(60))).toBeUndefined();
  });
});
