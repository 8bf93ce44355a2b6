import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import type { Alert, AlertRule } from './alert-data.ts';
import { LevelMark } from './level-mark.tsx';
import { RuleTimes } from './rule-times.tsx';
import { SignalValue } from './signal-value.tsx';

/** From which values on the rule of an alert raises and clears each level, as it stands now for the service concerned. */
export function Thresholds({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const query = $api.useQuery('get', '/alert-rules/{id}', { params: { path: { id: alert.rule.id } } });
  return (
    <Section title={t('rule.condition')}>
      <Loaded query={query}>
        {(rule) => {
          const override = rule.overrides?.find(({ serviceId }) => serviceId === alert.serviceId);
          return (
            <>
              {override ? <p>{t('rule.ownOfService')}</p> : null}
              <ThresholdTable rule={rule} thresholds={override?.thresholds ?? rule.thresholds} />
              <RuleTimes rule={rule} />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

interface ThresholdTableProps {
  readonly rule: AlertRule;
  readonly thresholds: AlertRule['thresholds'];
}

/** The most urgent level first. */
export function ThresholdTable({ rule, thresholds }: ThresholdTableProps) {
  const { t } = useTranslation('alerts');
  const sign = rule.direction === 'above' ? '≥' : '≤';
  if (thresholds.length === 0) return <p>{t('rule.onlyNoData')}</p>;
  return (
    <div className="threshold-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('list.level')}</th>
            <th scope="col">{t('rule.raise')}</th>
            <th scope="col">{t('rule.clear')}</th>
          </tr>
        </thead>
        <tbody>
          {thresholds.toReversed().map(({ level, raise, clear }) => (
            <tr key={level}>
              <th scope="row">
                <LevelMark level={level} />
              </th>
              <td>
                {sign} <SignalValue signal={rule.signal} value={raise} />
              </td>
              <td>
                {sign} <SignalValue signal={rule.signal} value={clear} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
