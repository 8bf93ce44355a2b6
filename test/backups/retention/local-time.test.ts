import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { LocalClock } from '../../../src/backups/retention/local-time.ts';
import { zones } from './planning.ts';

/** Around the changes of the clocks of all these zones, to the millisecond, and in the years beside them. */
const instants = fc
  .tuple(
    fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25', '2026-11-01', '2019-07-07'),
    fc.integer({ min: -60, max: 120 }),
    fc.constantFrom(-1, 0, 0, 1),
  )
  .map(([day, halfHours, ms]) =>
    Temporal.Instant.from(`${day}T00:00:00Z`).add({ milliseconds: 1_800_000 * halfHours + ms }),
  );

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
