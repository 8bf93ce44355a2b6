import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import type { OnCallSegment } from './on-call-data.ts';

interface OnCallSpanProps {
  readonly rotaId: string;
  readonly days: number;
}

const DAY_MS = 86_400_000;

/** Who is on call from now on, hand-over by hand-over, and whatever is wrong with it. */
export function OnCallSpan({ rotaId, days }: OnCallSpanProps) {
  // Kept while the page is shown: with every moment it would be another question.
  const [now] = useState(() => Date.now());
  const span = { from: new Date(now).toISOString(), until: new Date(now + days * DAY_MS).toISOString() };
  const params = { path: { id: rotaId }, query: span };
  const onCall = $api.useQuery('get', '/on-call-rotas/{id}/on-call', { params });
  const gaps = $api.useQuery('get', '/on-call-rotas/{id}/gap-report', { params });
  return (
    <>
      <Loaded query={onCall}>{({ segments }) => <Segments segments={segments} />}</Loaded>
      <Loaded query={gaps}>{(report) => <Gaps gaps={report.gaps} />}</Loaded>
    </>
  );
}

function Segments({ segments }: { readonly segments: readonly OnCallSegment[] }) {
  const { t } = useTranslation('alerts');
  const [current] = segments;
  return (
    <>
      {current ? (
        <p>
          <Mark tone={current.person ? 'good' : 'bad'}>
            {current.person ? t('onCall.now', { name: current.person.name }) : t('onCall.nobodyNow')}
          </Mark>{' '}
          <span className="quiet">
            {t('onCall.until')} <Moment at={current.until} />
          </span>
        </p>
      ) : null}
      <Strip segments={segments} />
      <ol className="on-call-list">
        {segments.map((segment) => (
          <li key={segment.from}>
            <Moment at={segment.from} /> – <Moment at={segment.until} />:{' '}
            {segment.person ? <strong>{segment.person.name}</strong> : <Mark tone="bad">{t('onCall.nobody')}</Mark>}
            {segment.overrideId ? <span className="quiet"> · {t('onCall.byOverride')}</span> : null}
          </li>
        ))}
      </ol>
    </>
  );
}

/** The same as a bar, for a quick look; what it shows stands below it in words. */
function Strip({ segments }: { readonly segments: readonly OnCallSegment[] }) {
  const names = [...new Set(segments.flatMap(({ person }) => (person ? [person.id] : [])))];
  return (
    <div className="on-call-strip" aria-hidden="true">
      {segments.map(({ from, until, person }) => (
        <span
          key={from}
          className={person ? `turn turn-${names.indexOf(person.id) % 2}` : 'turn gap'}
          style={{ flexGrow: Date.parse(until) - Date.parse(from) }}
        >
          {person?.name}
        </span>
      ))}
    </div>
  );
}

interface GapsProps {
  readonly gaps: readonly { readonly from: string; readonly because: string; readonly sentence: string }[];
}

function Gaps({ gaps }: GapsProps) {
  const { t } = useTranslation('alerts');
  if (gaps.length === 0) {
    return (
      <p>
        <Mark tone="good">{t('onCall.noGaps')}</Mark>
      </p>
    );
  }
  return (
    <>
      <p>
        <Mark tone="bad">{t('onCall.gaps', { count: gaps.length })}</Mark>
      </p>
      <ul>
        {gaps.map(({ from, because, sentence }) => (
          <li key={`${from} ${because}`}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
