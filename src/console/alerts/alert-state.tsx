import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import type { Alert } from './alert-data.ts';

/** Whether somebody has taken an alert on, and whether anybody is told of it. */
export function AlertState({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const { acknowledged, closedAt, suppressedBy } = alert;
  if (closedAt) {
    return (
      <Mark tone="quiet">
        {t('state.closed')} <Moment at={closedAt} />
      </Mark>
    );
  }
  return (
    <>
      {acknowledged ? (
        <Mark tone="busy">{t('state.acknowledgedBy', { name: acknowledged.byName })}</Mark>
      ) : (
        <Mark tone="bad">{t('state.open')}</Mark>
      )}
      {suppressedBy ? (
        <div className="sub">
          <Mark tone="quiet">{t(`suppressed.${suppressedBy}`)}</Mark>
        </div>
      ) : null}
    </>
  );
}
