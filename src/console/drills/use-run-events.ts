import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { paths } from '../api/api.generated.d.ts';
import { $api, API_ROOT } from '../api/client.ts';
import type { LogLine } from './drill-data.ts';

type RunEvent = paths['/drill-runs/{id}/events']['get']['responses'][200]['content']['text/event-stream'];
type DataOf<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>['data'];

/** Lines that are kept of the log: a page that stays open for hours does not grow. */
const LINES_MAX = 2000;
/** After a stream that the browser has given up for good: it was refused, or the server is not there. */
const AGAIN_MS = 5000;

/** What the stream of a run has told beside the run itself. */
export interface RunStream {
  readonly lines: readonly LogLine[];
  /** Earlier lines that were not sent. */
  readonly omitted: number;
  /** The server's clock minus this one's. */
  readonly skewMs: number;
  readonly isLost: boolean;
}

const NOTHING_YET: RunStream = { lines: [], omitted: 0, skewMs: 0, isLost: false };

/** The query of one run, which its stream keeps up to date. */
export const runQuery = (id: string) => $api.queryOptions('get', '/drill-runs/{id}', { params: { path: { id } } });

/** Follows a run until it is over, and comes back by itself after an interruption. */
export function useRunEvents(id: string): RunStream {
  const cache = useQueryClient();
  const [stream, setStream] = useState(NOTHING_YET);
  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    setStream(NOTHING_YET);
    const open = () => {
      const opened = new EventSource(`${API_ROOT}/drill-runs/${id}/events`);
      source = opened;
      opened.addEventListener('run', ({ data }) => {
        const { at, run } = JSON.parse(data) as DataOf<'run'>;
        cache.setQueryData(runQuery(id).queryKey, run);
        setStream((known) => ({ ...known, skewMs: Date.parse(at) - Date.now(), isLost: false }));
      });
      opened.addEventListener('log', ({ data }) => {
        const told = JSON.parse(data) as DataOf<'log'>;
        setStream((known) => withLines(known, told));
      });
      // The last event; a stream that ends without it is opened again.
      opened.addEventListener('end', () => opened.close());
      opened.addEventListener('error', () => {
        setStream((known) => ({ ...known, isLost: true }));
        if (opened.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
      });
    };
    open();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, [id, cache]);
  return stream;
}

/** A stream that was opened anew begins with lines that are known already. */
function withLines(known: RunStream, { lines, omitted }: DataOf<'log'>): RunStream {
  const last = known.lines.at(-1)?.position ?? -1;
  const fresh = lines.filter(({ position }) => position > last);
  return {
    ...known,
    lines: [...known.lines, ...fresh].slice(-LINES_MAX),
    omitted: known.lines.length === 0 ? omitted : known.omitted,
  };
}
