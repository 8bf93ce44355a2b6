import { getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { NewActionDialog } from './action-dialogs.tsx';
import { useActionColumns } from './action-list.tsx';
import { ACTION_SOURCES } from './incident-data.ts';
import { IncidentsAreaPage } from './incidents-page.tsx';
import { NamedFilter } from './named-picker.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/actions');

/** One list of what is to be put right, whatever has found it, in the order of the due times. */
export function ActionsPage() {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const columns = useActionColumns();
  const { state, source, owner, overdue, after } = route.useSearch();
  const navigate = route.useNavigate();
  const [isAdding, add] = useState(false);
  const filters = stated({ state, source, ownerId: owner, overdue: overdue ? true : undefined });
  const query = $api.useQuery('get', '/actions', { params: { query: { ...filters, ...stated({ after }) } } });
  return (
    <IncidentsAreaPage
      title={t('actions.title')}
      actions={can('incident.operate') ? <Button onClick={() => add(true)}>{t('actions.new')}</Button> : null}
    >
      <ActionFilters />
      <KeyedTable
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={Object.keys(filters).length > 0 ? t('noneFits') : t('actions.none')} />}
        label={t('actions.title')}
      />
      {isAdding ? <NewActionDialog of={null} onClose={() => add(false)} /> : null}
    </IncidentsAreaPage>
  );
}

function ActionFilters() {
  const { t } = useTranslation('incidents');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (changes: typeof search) => void navigate({ search: { ...search, after: undefined, ...changes } });
  return (
    <search className="filters">
      <ChoiceField
        label={t('filter.state')}
        all={t('actionState.open')}
        value={search.state === 'open' ? undefined : search.state}
        options={(['done', 'dropped', 'all'] as const).map((value) => ({ value, label: t(`actionState.${value}`) }))}
        onChoose={(state) => go({ state })}
      />
      <ChoiceField
        label={t('actions.source')}
        all={t('all')}
        value={search.source}
        options={ACTION_SOURCES.map((value) => ({ value, label: t(`actionSource.${value}`) }))}
        onChoose={(source) => go({ source })}
      />
      <NamedFilter
        label={t('actions.owner')}
        all={t('actions.anyOwner')}
        kinds={['person', 'team']}
        value={search.owner}
        onChoose={(owner) => go({ owner })}
      />
      <ChoiceField
        label={t('actions.when')}
        all={t('all')}
        value={search.overdue}
        options={[{ value: 'yes' as const, label: t('actions.onlyOverdue') }]}
        onChoose={(overdue) => go({ overdue })}
      />
    </search>
  );
}
