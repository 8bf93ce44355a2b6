import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatSeconds } from '../parts/format.ts';
import type { AlertRule } from './alert-data.ts';

/** How long a value must hold until it counts, and what silence does. */
export function RuleTimes({ rule }: { readonly rule: AlertRule }) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  const time = (seconds = 0) => (seconds === 0 ? t('rule.atOnce') : formatSeconds(seconds, language));
  const { noData } = rule;
  return (
    <Facts
      facts={[
        [t('rule.raiseFor'), time(rule.raiseForSeconds)],
        [t('rule.clearFor'), time(rule.clearForSeconds)],
        [
          t('rule.noData'),
          noData
            ? t(`noDataDoes.${noData.does}`, {
                time: formatSeconds(noData.afterSeconds, language),
                level: noData.level ?? 0,
              })
            : null,
        ],
      ]}
    />
  );
}
