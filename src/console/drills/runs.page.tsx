import { getRouteApi, Link } from '@tanstack/react-router';
import { Button, Input, Select, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';
import { PROCEDURES, STATUS_TONES, STATUSES, VERDICT_TONES } from './drill-data.ts';
import { DrillTabs } from './drill-tabs.tsx';
import { given } from './given.ts';

const route = getRouteApi('/drills/runs');

type Run = paths['/drill-runs']['get']['responses'][200]['content']['application/json']['items'][number];

/** All runs, from the newest down, and which of them are shown. */
export function RunsPage() {
  const { t } = useTranslation('drills');
  const { after, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery(
    'get',
    '/drill-runs',
    { params: { query: given({ ...filters, after }) } },
    { refetchInterval: 10_000 },
  );
  return (
    <Page title={t('title')}>
      <DrillTabs />
      <Filters />
      <KeyedTable<Run>
        query={query}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: { ...filters, after: next } })}
        label={t('run.label')}
        empty={<NothingHere text={t('run.empty')} />}
      />
    </Page>
  );
}

function Filters() {
  const { t } = useTranslation('drills');
  const { after: _page, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  // Another filter begins at the first page.
  const filter = (changes: Partial<typeof filters>) => void navigate({ search: { ...filters, ...changes } });
  return (
    <search className="drill-filters no-print">
      <Input.Search
        key={filters.drill}
        allowClear
        defaultValue={filters.drill ?? ''}
        placeholder={t('run.filterDrill')}
        aria-label={t('run.filterDrill')}
        onSearch={(drill) => filter({ drill: drill.trim() || undefined })}
      />
      <Select
        allowClear
        value={filters.status ?? null}
        placeholder={t('run.filterStatus')}
        aria-label={t('run.status')}
        onChange={(status) => filter({ status })}
        options={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
      />
      <Select
        allowClear
        value={filters.procedure ?? null}
        placeholder={t('run.filterProcedure')}
        aria-label={t('run.procedure')}
        onChange={(procedure) => filter({ procedure })}
        options={PROCEDURES.map((value) => ({ value, label: t(`verdict.${value}`) }))}
      />
      <Button onClick={() => void navigate({ search: {} })}>{t('run.clear')}</Button>
    </search>
  );
}

function useColumns(): TableColumnsType<Run> {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  return [
    {
      title: t('run.triggered'),
      key: 'triggered',
      render: (_, { id, triggeredAt }) => (
        <Link to="/drills/runs/$id" params={{ id }}>
          <Moment at={triggeredAt} />
        </Link>
      ),
    },
    { title: t('run.drill'), dataIndex: 'drill' },
    {
      title: t('run.status'),
      key: 'status',
      render: (_, { status }) => <Mark tone={STATUS_TONES[status]}>{t(`status.${status}`)}</Mark>,
    },
    {
      title: t('run.procedure'),
      key: 'procedure',
      render: (_, { procedure: { outcome } }) => <Mark tone={VERDICT_TONES[outcome]}>{t(`verdict.${outcome}`)}</Mark>,
    },
    {
      title: t('run.took'),
      key: 'took',
      render: (_, { technicalRtaSeconds: seconds }) => (seconds === null ? '' : formatSeconds(seconds, language)),
    },
    { title: t('run.mode'), key: 'mode', render: (_, { mode }) => t(`mode.${mode}`) },
    { title: t('run.by'), dataIndex: 'requestedBy' },
  ];
}
