import { presentedDigest } from '../auth/secret.ts';
import type { Database, Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { latestClocksAbout } from '../sla/clock.queries.ts';
import { clockCalendars } from '../sla/clock-calendar.queries.ts';
import { type ClockReading, readClock } from '../sla/clock-reading.ts';
import type { ClockRecord } from '../sla/clock-record.ts';
import { customerIncident } from './customer-case.queries.ts';
import { customerUpdates, readCustomerLink } from './customer-link.store.ts';
import { CUSTOMER_CLOCKS, type CustomerCase, type CustomerPromise } from './customer-link.ts';

/** As many updates are shown, the latest. */
const UPDATES_MAX = 50;

/**
 * What whoever has a link reads: a fixed list of facts.
 * @param secret what stands in the address, unchecked.
 * @returns undefined when there is no such link, it is revoked, or it has ended: nobody is told which.
 */
export async function readCase(db: Database, secret: string): Promise<CustomerCase | undefined> {
  const digest = presentedDigest('customer-link', secret);
  if (digest === undefined) return undefined;
  const incidentId = await readCustomerLink(db, digest);
  const incident = incidentId === undefined ? undefined : await customerIncident(db, incidentId);
  if (incidentId === undefined || incident === undefined) return undefined;
  const readAtMs = await databaseNowMs(db);
  const updates = await customerUpdates(db, incidentId, UPDATES_MAX);
  return {
    ...incident,
    promises: await promisesOf(db, incident.number, readAtMs),
    updates: updates.map(({ at, text }) => ({ at, text })),
    readAt: new Date(readAtMs).toISOString(),
  };
}

async function promisesOf(db: Queryable, subject: string, atMs: number): Promise<CustomerPromise[]> {
  const calendars = clockCalendars(db);
  const promises = [];
  for (const clock of await latestClocksAbout(db, subject, CUSTOMER_CLOCKS)) {
    promises.push(promiseOf(clock, readClock(clock, atMs, await calendars(clock.calendarId), [])));
  }
  const rank = ({ kind }: CustomerPromise) => CUSTOMER_CLOCKS.indexOf(kind);
  return promises.toSorted((left, right) => rank(left) - rank(right));
}

function promiseOf({ kind, term, segments }: ClockRecord, reading: ClockReading): CustomerPromise {
  const { dueMs, breachedAtMs } = reading;
  const last = segments.at(-1);
  const isOver = last?.state === 'stopped';
  const state = breachedAtMs === null ? (isOver ? 'met' : stateOf(reading)) : 'missed';
  return {
    ...{ kind, target: term, state },
    dueAt: new Date(dueMs).toISOString(),
    reachedAt: isOver ? new Date(last.fromMs).toISOString() : null,
  };
}

const stateOf = ({ state }: ClockReading) => (state === 'paused' ? 'paused' : 'running');
