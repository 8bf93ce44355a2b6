import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatCount, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { Waiting } from '../parts/waiting.tsx';
import type { DrillHistory } from './drill-data.ts';

// The charts are larger than all the rest: only who looks at one fetches them.
const TrendChart = lazy(async () => ({ default: (await import('./trend-chart.tsx')).TrendChart }));

/** How long the last full runs of a drill took, against what was promised. */
export function Trend({ drill }: { readonly drill: string }) {
  const { t } = useTranslation('drills');
  const query = $api.useQuery('get', '/drills/{name}/history', {
    params: { path: { name: drill }, query: { last: 50 } },
  });
  return (
    <Section title={t('trend.title')}>
      <Loaded query={query}>
        {(history) => (history.runs === 0 ? <NothingHere text={t('trend.empty')} /> : <Figures history={history} />)}
      </Loaded>
    </Section>
  );
}

function Figures({ history }: { readonly history: DrillHistory }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const { technicalRta, runs, passed, failed, series } = history;
  const time = (seconds: number | null) => (seconds === null ? null : formatSeconds(seconds, language));
  const measured = series.filter(({ technicalRtaSeconds }) => technicalRtaSeconds !== null);
  return (
    <>
      <Facts
        facts={[
          [t('trend.runs'), formatCount(runs, language)],
          [t('trend.success'), t('trend.successOf', { passed, judged: passed + failed })],
          [t('trend.median'), time(technicalRta.p50Seconds)],
          [t('trend.p90'), time(technicalRta.p90Seconds)],
          [t('trend.max'), time(technicalRta.maxSeconds)],
        ]}
      />
      {technicalRta.tooFew && technicalRta.count > 0 ? <p className="drill-soft">{t('trend.tooFew')}</p> : null}
      {measured.length > 0 ? (
        <Suspense fallback={<Waiting />}>
          <TrendChart series={measured.toReversed()} />
        </Suspense>
      ) : null}
    </>
  );
}
