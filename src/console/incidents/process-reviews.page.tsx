import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { IncidentsAreaPage } from './incidents-page.tsx';
import { PROCESS_TONES } from './process-review.page.tsx';
import { PlanReviewDialog } from './process-review-dialogs.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/process-reviews');

/** Reviews that look at a period: planned, waiting to be held, held. */
export function ProcessReviewsPage() {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const [isPlanning, plan] = useState(false);
  const query = $api.useQuery('get', '/process-reviews', { params: { query: stated({ state, after }) } });
  return (
    <IncidentsAreaPage
      title={t('process.title')}
      actions={can('incident.write') ? <Button onClick={() => plan(true)}>{t('process.plan')}</Button> : null}
    >
      <search className="filters">
        <ChoiceField
          label={t('filter.state')}
          all={t('all')}
          value={state === 'all' ? undefined : state}
          options={(['planned', 'due', 'held', 'cancelled'] as const).map((value) => ({
            value,
            label: t(`processState.${value}`),
          }))}
          onChoose={(chosen) => void navigate({ search: { state: chosen } })}
        />
      </search>
      <KeyedTable
        query={query}
        columns={[
          {
            ...{ key: 'title', title: t('process.name') },
            render: (_, { id, title }) => (
              <Link to="/incidents/process-reviews/$id" params={{ id }}>
                {title}
              </Link>
            ),
          },
          { key: 'period', title: t('process.period'), render: (_, { from, until }) => `${from} – ${until}` },
          {
            ...{ key: 'state', title: t('filter.state') },
            render: (_, review) => <Mark tone={PROCESS_TONES[review.state]}>{t(`processState.${review.state}`)}</Mark>,
          },
          { key: 'due', title: t('process.due'), render: (_, { dueAt }) => <Moment at={dueAt} /> },
          {
            ...{ key: 'owner', title: t('process.owner') },
            render: (_, { owner }) => owner?.name ?? <Mark tone="warn">{t('process.nobody')}</Mark>,
          },
        ]}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={state === undefined ? t('process.none') : t('noneFits')} />}
        label={t('process.title')}
      />
      {isPlanning ? <PlanReviewDialog onClose={() => plan(false)} /> : null}
    </IncidentsAreaPage>
  );
}
