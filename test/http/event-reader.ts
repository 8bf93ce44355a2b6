import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** One event as a browser would have it. */
interface ReadEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** A reader of a stream of events. */
export interface EventReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly ReadEvent[];
  /** Comments, and what else is said beside events. */
  readonly comments: readonly string[];
  /** Of a problem: the text of the answer. */
  readonly text: string;
  /** Waits until something holds of what was read; fails when the stream ends before. */
  until(holds: (reader: EventReader) => boolean): Promise<void>;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  /** Takes nothing any more, as a reader does whose machine sleeps. */
  pause(): void;
  resume(): void;
  /** Goes away. */
  leave(): void;
}

/** Opens a stream. */
export function readEvents(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (response) => resolve(reading(sent, response)));
    sent.on('error', reject);
    sent.end();
  });
}

function reading(sent: ClientRequest, response: IncomingMessage): EventReader {
  const events: ReadEvent[] = [];
  const comments: string[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let rest = '';
  let isOver = false;
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) events.push(event);
      else comments.push(block);
    }
    wake();
  });
  const ended = new Promise<void>((resolve) => {
    response.on('error', () => undefined);
    response.on('close', () => {
      isOver = true;
      wake();
      resolve();
    });
  });
  const reader: EventReader = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    comments,
    ended,
    get text() {
      return text;
    },
    until: (holds) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const isThere = holds(reader);
          if (!isThere && !isOver) return;
          waiting.delete(check);
          if (isThere) resolve();
          else reject(new Error(`the stream ended before that: ${text.slice(-2000)}`));
        };
        waiting.add(check);
        check();
      }),
    pause: () => response.pause(),
    resume: () => response.resume(),
    leave: () => {
      sent.on('error', () => undefined);
      sent.destroy();
    },
  };
  return reader;
}

function eventOf(block: string): ReadEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const event = fields.get('event');
  if (event === undefined) return undefined;
  return { event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') };
}
