import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { type Fire, lateSeconds } from './schedule-data.ts';

/** Schedules are looked at every few seconds: what took longer than this was waiting for something. */
const LATE_SECONDS = 120;

/** How late a slot was fired. */
export function Lateness({ fire }: { readonly fire: Fire }) {
  const { t } = useTranslation('settings');
  const { language } = usePreferences();
  const late = lateSeconds(fire);
  if (late === null) return t('byHand');
  const words = formatSeconds(Math.round(late), language);
  return late > LATE_SECONDS ? <Mark tone="warn">{words}</Mark> : words;
}
