import { useTranslation } from 'react-i18next';
import type { Alert } from './alert-data.ts';
import { SignalValue } from './signal-value.tsx';

/** The value that was judged last, or that nothing is known, and why. */
export function AlertValue({ alert }: { readonly alert: Pick<Alert, 'value' | 'noData' | 'reason' | 'signal'> }) {
  const { t } = useTranslation('alerts');
  const { value, noData, reason, signal } = alert;
  if (value === null || noData) {
    return <>{reason ? t('noDataBecause', { reason }) : t('noData')}</>;
  }
  return <SignalValue signal={signal} value={value} />;
}
