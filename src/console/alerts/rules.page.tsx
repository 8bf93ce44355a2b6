import { getRouteApi, Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type AlertRule, useSignals } from './alert-data.ts';
import { AlertsPage } from './alerts-page.tsx';
import { SignalValue } from './signal-value.tsx';

const route = getRouteApi('/alerts/rules');

/** The rules over signals, those that came with Muster and those that were added. */
export function RulesPage() {
  const { t } = useTranslation('alerts');
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = stated({ state, after });
  return (
    <AlertsPage title={t('rule.title')}>
      <search className="filters">
        <ChoiceField
          label={t('list.which')}
          all={t('rule.active')}
          value={state}
          options={(['retired', 'all'] as const).map((value) => ({ value, label: t(`rule.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: stated({ state: chosen }) })}
        />
      </search>
      <KeyedTable
        query={$api.useQuery('get', '/alert-rules', { params: { query } })}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('rule.none')} />}
        label={t('rule.title')}
      />
    </AlertsPage>
  );
}

function useColumns(): TableColumnsType<AlertRule> {
  const { t } = useTranslation('alerts');
  const signals = useSignals();
  return [
    {
      ...{ key: 'name', title: t('rule.one') },
      render: (_, { id, name }) => (
        <Link to="/alerts/rules/$id" params={{ id }}>
          {name}
        </Link>
      ),
    },
    {
      ...{ key: 'signal', title: t('rule.signal') },
      render: (_, { signal }) => (
        <>
          {signals.get(signal)?.title}
          <div className="sub code">{signal}</div>
        </>
      ),
    },
    { key: 'raise', title: t('rule.raisesAt'), render: (_, rule) => <RaisedAt rule={rule} /> },
    { key: 'state', title: t('list.state'), render: (_, rule) => <RuleState rule={rule} /> },
  ];
}

function RaisedAt({ rule }: { readonly rule: AlertRule }) {
  const { t } = useTranslation('alerts');
  if (rule.thresholds.length === 0) return <>{t('rule.onlyNoData')}</>;
  return (
    <>
      {rule.direction === 'above' ? '≥' : '≤'}{' '}
      {rule.thresholds.map(({ level, raise }, index) => (
        <span key={level}>
          {index > 0 ? ' / ' : null}
          <SignalValue signal={rule.signal} value={raise} />
        </span>
      ))}
    </>
  );
}

export function RuleState({ rule }: { readonly rule: AlertRule }) {
  const { t } = useTranslation('alerts');
  if (rule.retired) return <Mark tone="quiet">{t('rule.retired')}</Mark>;
  if (rule.enabled === false) return <Mark tone="warn">{t('rule.off')}</Mark>;
  return <Mark tone="good">{t('rule.on')}</Mark>;
}
