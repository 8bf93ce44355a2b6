import type { Signal, SignalContext, SignalReading } from '../signals/signal.ts';
import { type Expiring, type ExpiringKey, expiringTimeline } from './expiring.queries.ts';

const PAGE = 1000;
const WITHIN_DAYS = 90;

/** What ended longer ago than this is nothing that somebody still has to be warned of. */
const OVER_SINCE_DAYS = 30;
const DAY_MS = 86_400_000;

/** What rights, warranties, shelf lives and tests have to say before they end. */
export const expiringSignals = (): Signal[] => [
  {
    name: 'expiring.days-left',
    title: `Days until a right, its support, a warranty, a shelf life or a test ends, of those that end within ${WITHIN_DAYS}`,
    unit: 'days',
    everySeconds: 600,
    read: readExpiring,
  },
];

async function readExpiring({ db, nowMs }: SignalContext): Promise<SignalReading[]> {
  const from = new Date(nowMs - OVER_SINCE_DAYS * DAY_MS).toISOString().slice(0, 10);
  const readings: SignalReading[] = [];
  let after: ExpiringKey | undefined;
  do {
    const page: Expiring[] = await expiringTimeline(db, { from, withinDays: WITHIN_DAYS }, { limit: PAGE, after });
    for (const { what, subject, of, daysLeft } of page) {
      // A unit can have a warranty and a test that end.
      const about = { kind: `${subject.kind} ${what}`, id: subject.id, name: `${what} of ${subject.name} (${of})` };
      readings.push({ subject: about, serviceId: null, value: daysLeft });
    }
    const last = page.at(-1);
    after = page.length === PAGE && last ? [last.on, last.what, last.subject.id] : undefined;
  } while (after !== undefined);
  return readings;
}
