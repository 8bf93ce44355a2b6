import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Lateness } from './lateness.tsx';
import type { Schedule } from './schedule-data.ts';
import { FireOutcome, NextFire } from './schedule-parts.tsx';
import { SettingsPage } from './settings-page.tsx';

const route = getRouteApi('/settings/schedules');

const REFRESH_MS = 10_000;

/** Everything that happens by the clock: when next, and how it went the last time. */
export function SchedulesPage() {
  const { t } = useTranslation('settings');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/settings/schedules' });
  const query = $api.useQuery(
    'get',
    '/schedules',
    { params: { query: { limit: 50, ...stated({ after }) } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <SettingsPage title={t('schedules.title')}>
      <KeyedTable
        label={t('schedules.title')}
        query={query}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        empty={<NothingHere text={t('schedules.none')} />}
      />
    </SettingsPage>
  );
}

function useColumns(): TableColumnsType<Schedule> {
  const { t } = useTranslation('settings');
  return [
    {
      title: t('name'),
      key: 'name',
      render: (_, { id, name }) => (
        <Link to="/settings/schedules/$id" params={{ id }}>
          {name}
        </Link>
      ),
    },
    { title: t('next'), key: 'next', render: (_, schedule) => <NextFire schedule={schedule} /> },
    {
      title: t('timing'),
      key: 'timing',
      render: (_, { cron, zone, surprise }) =>
        surprise ? null : (
          <>
            <span className="code">{cron}</span> <span className="sub">{zone}</span>
          </>
        ),
    },
    {
      title: t('lastFire'),
      key: 'last',
      render: (_, { lastFire }) => (lastFire ? <Moment at={lastFire.slot} /> : t('notYet')),
    },
    {
      title: t('came'),
      key: 'outcome',
      render: (_, { lastFire }) => (lastFire ? <FireOutcome fire={lastFire} /> : null),
    },
    { title: t('late'), key: 'late', render: (_, { lastFire }) => (lastFire ? <Lateness fire={lastFire} /> : null) },
  ];
}
