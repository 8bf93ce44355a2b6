import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { formatCount } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { LifeMark } from './marks.tsx';
import type { PartSearch } from './spares.search.ts';
import { SparesPage } from './spares-page.tsx';
import { type Figures, LIFE_STATES, type Part, TRACKINGS } from './words.ts';

const route = getRouteApi('/spares');

/** The catalogue of parts. */
export function PartsPage() {
  const { t } = useTranslation('spares');
  const { q, category, tracking, state, after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares' });
  // The list goes by category or by tracking, with a text and a state, because an index carries each pair.
  const query = stated({ q, categoryId: category, tracking: category ? undefined : tracking, state, after });
  const parts = $api.useQuery('get', '/parts', { params: { query } });
  const figures = useFigures(parts.data?.items ?? []);
  const can = useCan();
  return (
    <SparesPage
      title={t('parts.title')}
      actions={
        <>
          <LinkButton to="/spares/categories">{t('categories.title')}</LinkButton>
          {can('inventory.write') ? (
            <LinkButton isPrimary to="/spares/parts/new">
              {t('entry.newPart')}
            </LinkButton>
          ) : null}
        </>
      }
    >
      <PartFilters />
      <KeyedTable
        query={parts}
        columns={useColumns(figures)}
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

/** What there is of each part of a page, read for all of them at once. */
function useFigures(parts: readonly Part[]): ReadonlyMap<string, Figures> {
  const ids = parts.map(({ id }) => id).join(',');
  const { data } = $api.useQuery('get', '/part-availability', { params: { query: { ids } } }, { enabled: ids !== '' });
  return new Map((data?.parts ?? []).map((figures) => [figures.partId, figures]));
}

function useColumns(figures: ReadonlyMap<string, Figures>): TableColumnsType<Part> {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  const countOf = (count: number | undefined) => (count === undefined ? '' : formatCount(count, language));
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
    {
      title: t('parts.name'),
      key: 'name',
      render: (_, { name, category }) => (
        <>
          {name}
          <div className="sub">{category.name}</div>
        </>
      ),
    },
    { title: t('parts.tracking'), key: 'tracking', render: (_, { tracking }) => t(`tracking.${tracking}`) },
    {
      title: t('availability.available'),
      key: 'free',
      align: 'right',
      render: (_, { id, reorderPoint }) => <Free figures={figures.get(id)} reorderPoint={reorderPoint} />,
    },
    {
      title: t('availability.held'),
      key: 'held',
      align: 'right',
      render: (_, { id }) => countOf(figures.get(id)?.held),
    },
    {
      title: t('availability.issued'),
      key: 'out',
      align: 'right',
      render: (_, { id }) => countOf(figures.get(id)?.issued),
    },
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
      render: (_, { retired }) => <LifeMark isRetired={retired !== null} />,
    },
  ];
}

/** What can be had of a part; marked when it is at the point at which more is bought, or when only the reserve is left. */
function Free({
  figures,
  reorderPoint,
}: {
  readonly figures: Figures | undefined;
  readonly reorderPoint: number | null;
}) {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  if (!figures) return null;
  const free = figures.freeWithoutReserve;
  const count = formatCount(free, language);
  if (free === 0 && figures.freeWithReserve > 0) return <Mark tone="warn">{t('parts.onlyReserve', { count })}</Mark>;
  if (free === 0) return <Mark tone="bad">{count}</Mark>;
  if (reorderPoint !== null && free <= reorderPoint) return <Mark tone="warn">{count}</Mark>;
  return <>{count}</>;
}
