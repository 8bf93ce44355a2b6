import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { dayIn, SOON_DAYS } from './licences.words.ts';

/** A day on which something ends, with how near it is in words. */
export function Ends({ on }: { readonly on: string | null }) {
  const { t } = useTranslation('licences');
  if (on === null) return t('ends.never');
  return (
    <>
      {on}
      <div>
        <EndMark on={on} />
      </div>
    </>
  );
}

/** How near a day is: over, soon, or later. */
export function EndMark({ on }: { readonly on: string }) {
  const { t } = useTranslation('licences');
  const count = Math.round((Date.parse(on) - Date.parse(dayIn(0))) / 86_400_000);
  if (count < 0) return <Mark tone="bad">{t('ends.over', { count: -count })}</Mark>;
  return <Mark tone={count <= SOON_DAYS ? 'warn' : 'good'}>{t('ends.in', { count })}</Mark>;
}
