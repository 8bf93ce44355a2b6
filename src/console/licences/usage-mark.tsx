import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import type { Entitlement } from './licences.words.ts';

/** How many seats can still be taken without the reserve, in a word: over, none, or so many. */
export function UsageMark({ entitlement: { usage } }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation('licences');
  if (usage === null) return null;
  if (!usage.isInForce) return <Mark tone="quiet">{t('usage.notInForce')}</Mark>;
  const over = usage.usedPeak - usage.seats;
  if (over > 0) return <Mark tone="bad">{t('position.over', { count: over })}</Mark>;
  if (usage.freeWithoutReserve <= 0) return <Mark tone="warn">{t('usage.none')}</Mark>;
  return <Mark tone="good">{t('position.free', { count: usage.freeWithoutReserve })}</Mark>;
}
