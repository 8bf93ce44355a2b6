import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import type { Clock } from './incident-data.ts';
import { DueIn } from './marks.tsx';

/** How a clock stands: what is left of it or over it, that it stands still, or that it was kept or missed. */
export function ClockState({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  const { language } = usePreferences();
  const { state, breachedAt, overrunSeconds, dueAt, readAt } = clock;
  const over = t('clockState.missed', { time: formatSeconds(Math.floor(overrunSeconds), language) });
  if (state === 'stopped') {
    return breachedAt ? <Mark tone="bad">{over}</Mark> : <Mark tone="good">{t('clockState.met')}</Mark>;
  }
  if (state === 'paused') {
    return (
      <>
        <Mark tone="quiet">{t('clockState.paused')}</Mark>
        {breachedAt ? <Mark tone="bad">{over}</Mark> : null}
      </>
    );
  }
  return <DueIn seconds={(Date.parse(dueAt) - Date.parse(readAt)) / 1000} isOverdue={breachedAt !== null} />;
}
