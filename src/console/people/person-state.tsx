import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';

/** Whether a person may do anything. */
export function PersonState({ disabledAt }: { readonly disabledAt: string | null }) {
  const { t } = useTranslation('people');
  return disabledAt ? <Mark tone="quiet">{t('states.disabled')}</Mark> : <Mark tone="good">{t('states.active')}</Mark>;
}
