import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { useMovementColumns } from './movement-columns.tsx';
import { useStockColumns } from './stock-columns.tsx';
import { useUnitColumns } from './unit-columns.tsx';
import { type Part, UNIT_STATES } from './words.ts';

const route = getRouteApi('/spares/parts/$id');

/** How the lists of a part go from page to page. */
function usePaging() {
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/parts/$id' });
  return {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (before) => ({ ...before, after: next }) }),
    rowKey: ({ id }: { readonly id: string }) => id,
  };
}

/** The units of a part, of one state where that is asked for. */
export function PartUnits({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const { state } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/parts/$id' });
  const paging = usePaging();
  const query = stated({ partId: part.id, state, after: paging.after });
  const units = $api.useQuery('get', '/units', { params: { query } });
  return (
    <>
      <div className="filters">
        <ChoiceField
          label={t('state')}
          all={t('all')}
          value={state}
          options={UNIT_STATES.map((value) => ({ value, label: t(`unitState.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: { list: 'units', state: chosen } })}
        />
      </div>
      <KeyedTable
        {...paging}
        query={units}
        columns={useUnitColumns({ withPart: false })}
        empty={<NothingHere text={state ? t('noneFits') : t('part.noUnits')} />}
        label={t('part.units')}
      />
    </>
  );
}

/** The stock rows of a part that is tracked in bulk. */
export function PartStock({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const can = useCan();
  const paging = usePaging();
  const stock = $api.useQuery('get', '/stock', { params: { query: stated({ partId: part.id, after: paging.after }) } });
  return (
    <KeyedTable
      {...paging}
      query={stock}
      columns={useStockColumns({ withPart: false, withActs: can('inventory.write') })}
      empty={<NothingHere text={t('part.noStock')} />}
      label={t('part.stock')}
    />
  );
}

/** What came, went and changed of a part, newest first. */
export function PartMovements({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const query = stated({ partId: part.id, after: paging.after });
  const movements = $api.useQuery('get', '/movements', { params: { query } });
  return (
    <KeyedTable
      {...paging}
      query={movements}
      columns={useMovementColumns({ withUnit: part.tracking === 'serial' })}
      empty={<NothingHere text={t('movement.none')} />}
      label={t('part.movements')}
    />
  );
}
