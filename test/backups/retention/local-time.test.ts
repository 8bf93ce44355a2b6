import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { LocalClock } from '../../../src/backups/retention/local-time.ts';
import { zones } from './planning.ts';

/** The changes of the clocks of Berlin, Lord Howe and St. John's, to the millisecond, and the hours and years beside them. */
const CHANGES = [
  '2026-03-08T05:30:00Z',
  '2026-03-29T01:00:00Z',
  '2026-04-04T15:00:00Z',
  '2026-10-03T15:30:00Z',
  '2026-10-25T01:00:00Z',
  '2026-11-01T04:30:00Z',
  '2019-07-07T00:00:00Z',
];

const instants = fc
  .tuple(fc.constantFrom(...CHANGES), fc.constantFrom(-7_200_000, -1, 0, 0, 1, 5_400_000))
  .map(([change, milliseconds]) => Temporal.Instant.from(change).add({ milliseconds }));

test('local times are those of the zone, in whatever order instants come, at every change of the clocks', () => {
  fc.assert(
    fc.property(zones, fc.array(instants, { minLength: 1, maxLength: 30 }), (zone, list) => {
      const clock = new LocalClock(zone);
      for (const instant of list) {
        const local = instant.toZonedDateTimeISO(zone);
        expect(clock.at(instant)).toEqual({
          date: local.toPlainDate().toString(),
          hour: local.hour,
          offset: local.offset,
        });
      }
    }),
    { numRuns: 200 },
  );
});
