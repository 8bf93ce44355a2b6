import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import type { Figure } from './policy-data.ts';

/** A target: seconds as a duration, a term with how it counts. */
export function PolicyFigure({ figure }: { readonly figure: Figure | undefined }) {
  const { t } = useTranslation('settings');
  const { language } = usePreferences();
  if (figure === null || figure === undefined) return t('policy.none');
  if (typeof figure === 'number') return formatSeconds(figure, language);
  const amount = `${figure.amount} ${t(`policy.unit.${figure.unit}`)}`;
  const how = figure.unit === 'working-days' ? t(`policy.due.${figure.due}`) : t(`policy.counted.${figure.counted}`);
  return `${amount}, ${how}`;
}
