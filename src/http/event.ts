import { z } from 'zod';
import type { ReadRequest } from './route-request.ts';

/** The schemas of the data of a stream's events, by the name of the event. */
export type EventSchemas = Readonly<Record<string, z.ZodType>>;

/** One event of a stream. */
export type EventOf<Events extends EventSchemas> = {
  [Name in keyof Events & string]: {
    readonly event: Name;
    /** A reader that was cut off sends the last one it got as `Last-Event-ID`. */
    readonly id?: string;
    readonly data: z.input<Events[Name]>;
  };
}[keyof Events & string];

/** A stream of events: its handler goes on until its reader has gone, which `signal` says. No connection is held meanwhile. */
export interface EventsRequest<Params, Query> extends ReadRequest<Params, Query> {
  /** Of the last event that a reader got before it was cut off; undefined at its first request. */
  readonly lastEventId: string | undefined;
}

/** The ids that are taken back: ours are short. */
const LAST_EVENT_ID = /^[\w.:-]{1,64}$/;

/** What a reader sends to go on; what no stream of ours can have sent is as good as nothing. */
export function lastEventIdOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && LAST_EVENT_ID.test(header) ? header : undefined;
}

/** The schema of one event, whichever it is: for the reference, and for typed clients. */
export function eventSchema(events: EventSchemas): z.ZodType {
  return z.union(
    Object.entries(events).map(([name, data]) =>
      z.object({
        event: z.literal(name),
        id: z.string().optional().describe('The browser sends the last one as `Last-Event-ID` when it comes back'),
        data,
      }),
    ),
  );
}

/** An event as it goes over the wire (HTML Living Standard, 9.2.6). JSON has no line break outside of its texts' escapes. */
export function eventText({ event, id, data }: EventOf<EventSchemas>): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
