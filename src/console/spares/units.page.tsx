import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { UnitSearch } from './spares.search.ts';
import { SparesPage } from './spares-page.tsx';
import { useUnitColumns } from './unit-columns.tsx';
import { UNIT_STATES } from './words.ts';

const route = getRouteApi('/spares/units');

/** Within how many days a date that comes near is listed. */
const SOON_DAYS = 90;

/** The units of all parts. */
export function UnitsPage() {
  const { t } = useTranslation('spares');
  const search = route.useSearch();
  const can = useCan();
  const navigate = useNavigate({ from: '/spares/units' });
  const units = $api.useQuery('get', '/units', { params: { query: queryOf(search) } });
  return (
    <SparesPage
      title={t('units.title')}
      actions={
        <>
          {units.data && units.data.items.length > 0 ? (
            <Link to="/storeroom/labels" search={{ ids: units.data.items.map(({ id }) => id).join(',') }}>
              {t('label.ofPage')}
            </Link>
          ) : null}
          {can('inventory.write') ? (
            <LinkButton isPrimary to="/spares/receive">
              {t('entry.receive')}
            </LinkButton>
          ) : null}
        </>
      }
    >
      <UnitFilters />
      <KeyedTable
        query={units}
        columns={useUnitColumns()}
        rowKey={({ id }) => id}
        after={search.after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={Object.keys(search).length > 0 ? t('noneFits') : t('units.none')} />}
        label={t('units.title')}
      />
    </SparesPage>
  );
}

/** The filters of the address that go together: the list has an index for each of these, and refuses every other mix. */
function queryOf({ q, state, part, below, due, after }: UnitSearch) {
  if (q && q.length >= 3) return stated({ q, after });
  if (due) {
    const day = new Date(Date.now() + SOON_DAYS * 86_400_000).toISOString().slice(0, 10);
    return stated({ [{ test: 'testDueBy', expiry: 'expiresBy', warranty: 'warrantyBy' }[due]]: day, after });
  }
  if (below) return stated({ below, partId: part, after });
  return stated({ partId: part, state, after });
}

function UnitFilters() {
  const { t } = useTranslation('spares');
  const { q, state, part, below, due } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/units' });
  const go = (search: UnitSearch) => void navigate({ search });
  return (
    <search className="filters">
      <SearchField
        label={t('units.search')}
        placeholder={t('units.searchHint')}
        value={q}
        lengthMin={3}
        onSearch={(text) => go(text ? { q: text } : {})}
      />
      <ChoiceField
        label={t('state')}
        all={t('all')}
        value={state}
        options={UNIT_STATES.map((value) => ({ value, label: t(`unitState.${value}`) }))}
        onChoose={(chosen) => go({ part, state: chosen })}
      />
      <ChoiceField
        label={t('units.due')}
        all={t('units.dueAny')}
        value={due}
        options={(['test', 'expiry', 'warranty'] as const).map((value) => ({
          value,
          label: t(`units.dueKind.${value}`, { days: SOON_DAYS }),
        }))}
        onChoose={(chosen) => go({ due: chosen })}
      />
      {part ? <PartTag id={part} onClose={() => go({ state, below })} /> : null}
      {below ? <PlaceTag id={below} onClose={() => go({ part })} /> : null}
    </search>
  );
}

interface TagProps {
  readonly id: string;
  readonly onClose: () => void;
}

function PartTag({ id, onClose }: TagProps) {
  const { t } = useTranslation('spares');
  const { data } = $api.useQuery('get', '/parts/{id}', { params: { path: { id } } });
  return (
    <Tag closable={{ 'aria-label': t('units.dropFilter') }} onClose={onClose}>
      {t('part.title')}: {data?.partNumber}
    </Tag>
  );
}

function PlaceTag({ id, onClose }: TagProps) {
  const { t } = useTranslation('spares');
  const { data } = $api.useQuery('get', '/locations/{id}', { params: { path: { id } } });
  return (
    <Tag closable={{ 'aria-label': t('units.dropFilter') }} onClose={onClose}>
      {t('place')}: {data?.code}
    </Tag>
  );
}
