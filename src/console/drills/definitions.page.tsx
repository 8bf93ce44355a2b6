import { getRouteApi, Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';
import type { DrillDetail } from './drill-data.ts';
import { DrillTabs } from './drill-tabs.tsx';
import { given } from './given.ts';
import { useScheduleText } from './use-schedule-text.ts';

const route = getRouteApi('/drills');

type Drill = Omit<
  DrillDetail,
  'text' | 'nextDueAt' | 'file' | 'parameters' | 'roles' | 'attended' | 'required' | 'steps'
>;

/** Every file of the drills' directory, those that are no drill with what is wrong with them. */
export function DefinitionsPage() {
  const { t } = useTranslation('drills');
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/drills', { params: { query: given({ after }) } });
  return (
    <Page title={t('title')}>
      <DrillTabs />
      <KeyedTable<Drill>
        query={query}
        columns={useColumns()}
        rowKey={({ name }) => name}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        label={t('definitions.label')}
        empty={<NothingHere text={t('definitions.empty')} />}
      />
    </Page>
  );
}

function useColumns(): TableColumnsType<Drill> {
  const { t } = useTranslation('drills');
  const scheduleText = useScheduleText();
  return [
    {
      title: t('definitions.drill'),
      key: 'drill',
      render: (_, { name, title }) => (
        <>
          <Link to="/drills/definitions/$name" params={{ name }}>
            {name}
          </Link>
          <div className="drill-title">{title}</div>
        </>
      ),
    },
    {
      title: t('definitions.state'),
      key: 'state',
      render: (_, { runnable, problems }) =>
        runnable ? (
          <Mark tone="good">{t('definitions.sound')}</Mark>
        ) : (
          <Mark tone="bad">{t('definitions.problems', { count: problems.length })}</Mark>
        ),
    },
    { title: t('definitions.service'), dataIndex: 'service' },
    {
      title: t('definitions.severity'),
      key: 'severity',
      render: (_, { severity }) => (severity ? t(`severity.${severity}`) : null),
    },
    {
      title: t('definitions.schedule'),
      key: 'schedule',
      render: (_, drill) => (drill.runnable ? scheduleText(drill.schedule) : null),
    },
  ];
}
