import { getRouteApi, Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { REFRESH_MS } from './alert-data.ts';
import { AlertsPage } from './alerts-page.tsx';
import { LevelMark } from './level-mark.tsx';
import type { ResponsePlan } from './plan-data.ts';

const route = getRouteApi('/alerts/plans');

/** Response plans: those that could not be carried out now, with what is missing, and then all of them. */
export function PlansPage() {
  const { t } = useTranslation('alerts');
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = stated({ state, after });
  return (
    <AlertsPage title={t('plan.listTitle')}>
      <NotReady />
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
        query={$api.useQuery('get', '/response-plans', { params: { query } })}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={
          <NothingHere text={t('plan.empty')}>
            <a href="/api/docs#createResponsePlan">{t('plan.how')}</a>
          </NothingHere>
        }
        label={t('plan.listTitle')}
      />
    </AlertsPage>
  );
}

function NotReady() {
  const { t } = useTranslation('alerts');
  const params = { query: { limit: 50 } };
  const query = $api.useQuery('get', '/response-plans-not-ready', { params }, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('plan.nowTitle')}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Mark tone="good">{t('plan.allReady')}</Mark>
          ) : (
            <ul className="plain">
              {items.map(({ plan, service, reasons }) => (
                <li key={`${plan.id} ${service?.id}`}>
                  <Mark tone="bad">{t('plan.notReadyNow')}</Mark>{' '}
                  <Link to="/alerts/plans/$id" params={{ id: plan.id }}>
                    {plan.name}
                  </Link>
                  {service ? <span className="quiet"> · {service.name}</span> : null}
                  <ul>
                    {reasons.map((reason) => (
                      <li key={reason}>{reason}</li>
                    ))}
                  </ul>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function useColumns(): TableColumnsType<ResponsePlan> {
  const { t } = useTranslation('alerts');
  return [
    {
      ...{ key: 'name', title: t('plan.name') },
      render: (_, { id, name, note }) => (
        <>
          <Link to="/alerts/plans/$id" params={{ id }}>
            {name}
          </Link>
          <div className="sub">{note}</div>
        </>
      ),
    },
    { key: 'level', title: t('list.level'), render: (_, { level }) => <LevelMark level={level} /> },
    { key: 'service', title: t('service'), render: (_, { service }) => <ServiceOfPlan service={service} /> },
    { key: 'steps', title: t('plan.steps'), align: 'right', render: (_, { steps }) => steps.length },
    { key: 'edition', title: t('plan.editionTitle'), align: 'right', dataIndex: 'edition' },
  ];
}

export function ServiceOfPlan({ service }: Pick<ResponsePlan, 'service'>) {
  const { t } = useTranslation('alerts');
  if (!service) return <>{t('plan.everyService')}</>;
  return (
    <ThingLink kind="service" id={service.id}>
      {service.name}
    </ThingLink>
  );
}
