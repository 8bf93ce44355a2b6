import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { AlertsPage } from '../alerts/alerts-page.tsx';
import { LevelMark } from '../alerts/level-mark.tsx';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { PlanVerdict } from './plan-verdict.tsx';
import { type Plan, REFRESH_MS } from './response-data.ts';
import './response.css';

const route = getRouteApi('/alerts/plans');
const NOT_READY_MAX = 50;

/** Which response plans could not be carried out now, and why; and all of them. */
export function PlansPage() {
  const { t } = useTranslation('response');
  const { state, after } = route.useSearch();
  const navigate = useNavigate({ from: '/alerts/plans' });
  const plans = $api.useQuery('get', '/response-plans', { params: { query: stated({ limit: 50, state, after }) } });
  return (
    <AlertsPage
      title={t('plans.title')}
      actions={
        <Link to="/alerts/plans" search={state === 'all' ? {} : { state: 'all' }}>
          {state === 'all' ? t('plans.active') : t('plans.withRetired')}
        </Link>
      }
    >
      <NotReady />
      <Section title={t('plans.list')}>
        <KeyedTable<Plan>
          query={plans}
          columns={useColumns()}
          rowKey={({ id }) => id}
          after={after}
          onPage={(next) => void navigate({ search: stated({ state, after: next }) })}
          empty={<NothingHere text={t('plans.none')} />}
          label={t('plans.title')}
        />
      </Section>
    </AlertsPage>
  );
}

function NotReady() {
  const { t } = useTranslation('response');
  const query = $api.useQuery(
    'get',
    '/response-plans-not-ready',
    { params: { query: { limit: NOT_READY_MAX } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <Section title={t('plans.notReady')}>
      <Loaded query={query}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? (
              <p>
                <Mark tone="good">{t('plans.allReady')}</Mark>
              </p>
            ) : null}
            {items.map((readiness) => (
              <PlanVerdict key={`${readiness.plan.id} ${readiness.service?.id}`} readiness={readiness} />
            ))}
            {next === null ? null : <p>{t('plans.more', { count: NOT_READY_MAX })}</p>}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function useColumns(): TableColumnsType<Plan> {
  const { t } = useTranslation('response');
  return [
    {
      key: 'level',
      title: t('plan.level'),
      render: (_, { level, retired }) => <LevelMark {...{ level }} isOpen={!retired} />,
    },
    {
      key: 'name',
      title: t('plan.name'),
      render: (_, { id, name, retired }) => (
        <>
          <Link to="/alerts/plans/$id" params={{ id }}>
            {name}
          </Link>
          {retired ? <div className="sub">{t('plan.retired')}</div> : null}
        </>
      ),
    },
    { key: 'service', title: t('plan.service'), render: (_, { service }) => service?.name ?? t('plan.everyService') },
    { key: 'steps', title: t('plan.steps'), align: 'right', render: (_, { steps }) => steps.length },
    { key: 'edition', title: t('plan.edition'), align: 'right', render: (_, { edition }) => edition },
  ];
}
