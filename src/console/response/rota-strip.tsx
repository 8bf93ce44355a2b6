import { useTranslation } from 'react-i18next';
import type { Span, Turn } from './response-data.ts';
import './response.css';

const DAY_MS = 86_400_000;
const SHADES = 4;

interface RotaStripProps {
  readonly turns: readonly Turn[];
  readonly span: Span;
}

/** The turns of a rota as a strip, a line for each day of the reader's; the list below it says the same in words. */
export function RotaStrip({ turns, span }: RotaStripProps) {
  const { t } = useTranslation('response');
  const fromMs = Date.parse(span.from);
  const lengthMs = Date.parse(span.until) - fromMs;
  const share = (ms: number) => `${(ms / lengthMs) * 100}%`;
  const people = [...new Set(turns.flatMap(({ person }) => person?.id ?? []))];
  return (
    <div className="rota-strip" aria-hidden="true">
      {turns.map(({ from, until, person, overrideId }) => (
        <span
          key={from}
          className={person === null ? 'nobody' : `shade-${people.indexOf(person.id) % SHADES}`}
          style={{ left: share(Date.parse(from) - fromMs), width: share(Date.parse(until) - Date.parse(from)) }}
        >
          {person === null ? `⚠ ${t('onCall.nobody')}` : `${overrideId === null ? '' : '↷ '}${person.name}`}
        </span>
      ))}
      {midnights(fromMs, lengthMs).map((atMs) => (
        <i key={atMs} style={{ left: share(atMs - fromMs) }} />
      ))}
    </div>
  );
}

/** When the reader's days begin in a span. */
function midnights(fromMs: number, lengthMs: number): number[] {
  const first = new Date(fromMs);
  return Array.from({ length: Math.ceil(lengthMs / DAY_MS) }, (_, day) =>
    new Date(first.getFullYear(), first.getMonth(), first.getDate() + day + 1).getTime(),
  ).filter((atMs) => atMs < fromMs + lengthMs);
}
