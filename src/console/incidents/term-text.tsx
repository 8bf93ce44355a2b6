import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import type { Clock } from './incident-data.ts';

/** What was promised, in words: `4 h around the clock`, `2 working days, at their end`. */
export function TermText({ term }: { readonly term: Clock['term'] }) {
  const { t } = useTranslation('incidents');
  const { language } = usePreferences();
  if (term.unit === 'working-days') {
    return <>{t(`term.${term.due}`, { count: term.amount })}</>;
  }
  const seconds = term.amount * { seconds: 1, minutes: 60, hours: 3600 }[term.unit];
  return (
    <>
      {formatSeconds(seconds, language)} {t(`term.${term.counted}`)}
    </>
  );
}
