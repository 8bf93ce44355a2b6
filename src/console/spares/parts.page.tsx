import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { formatCount } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { PartSearch } from './spares.search.ts';
import { SparesPage } from './spares-page.tsx';
import { LIFE_STATES, type Part, TRACKINGS } from './words.ts';

const route = getRouteApi('/spares');

/** The catalogue of parts. */
export function PartsPage() {
  const { t } = useTranslation('spares');
  const { q, category, tracking, state, after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares' });
  // The list goes by category or by tracking, with a text and a state, because an index carries each pair.
  const query = stated({ q, categoryId: category, tracking: category ? undefined : tracking, state, after });
  const parts = $api.useQuery('get', '/parts', { params: { query } });
  return (
    <SparesPage title={t('parts.title')}>
      <PartFilters />
      <KeyedTable
        query={parts}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={q || category || tracking ? t('noneFits') : t('parts.none')} />}
        label={t('parts.title')}
      />
    </SparesPage>
  );
}

function PartFilters() {
  const { t } = useTranslation('spares');
  const { q, category, tracking, state } = route.useSearch();
  const navigate = useNavigate({ from: '/spares' });
  const categories = $api.useQuery('get', '/part-categories', { params: { query: { limit: 200 } } });
  const change = (changes: PartSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changes, after: undefined }) });
  return (
    <search className="filters">
      <SearchField
        label={t('parts.search')}
        placeholder={t('parts.searchHint')}
        value={q}
        onSearch={(text) => change({ q: text })}
      />
      <ChoiceField
        label={t('parts.category')}
        all={t('all')}
        value={category}
        options={(categories.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(chosen) => change({ category: chosen, tracking: undefined })}
      />
      <ChoiceField
        label={t('parts.tracking')}
        all={t('all')}
        value={tracking}
        options={TRACKINGS.map((value) => ({ value, label: t(`tracking.${value}`) }))}
        onChoose={(chosen) => change({ tracking: chosen, category: undefined })}
      />
      <ChoiceField
        label={t('state')}
        all={t('lifeState.active')}
        value={state === 'active' ? undefined : state}
        options={LIFE_STATES.filter((value) => value !== 'active').map((value) => ({
          value,
          label: t(`lifeState.${value}`),
        }))}
        onChoose={(chosen) => change({ state: chosen })}
      />
    </search>
  );
}

function useColumns(): TableColumnsType<Part> {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  return [
    {
      title: t('parts.number'),
      key: 'number',
      render: (_, part) => (
        <>
          <Link to="/spares/parts/$id" params={{ id: part.id }} className="code">
            {part.partNumber}
          </Link>
          <div className="sub">{part.manufacturer}</div>
        </>
      ),
    },
    { title: t('parts.name'), dataIndex: 'name', key: 'name' },
    { title: t('parts.category'), key: 'category', render: (_, { category }) => category.name },
    { title: t('parts.tracking'), key: 'tracking', render: (_, { tracking }) => t(`tracking.${tracking}`) },
    {
      title: t('parts.reserve'),
      key: 'reserve',
      align: 'right',
      render: (_, { emergencyReserve }) => formatCount(emergencyReserve, language),
    },
    {
      title: t('parts.reorderPoint'),
      key: 'reorder',
      align: 'right',
      render: (_, { reorderPoint }) => (reorderPoint === null ? '–' : formatCount(reorderPoint, language)),
    },
    { title: t('parts.owner'), key: 'owner', render: (_, { owner }) => owner?.name ?? '–' },
    {
      title: t('state'),
      key: 'state',
      render: (_, { retired }) => (
        <Mark tone={retired ? 'quiet' : 'good'}>{t(`lifeState.${retired ? 'retired' : 'active'}`)}</Mark>
      ),
    },
  ];
}
