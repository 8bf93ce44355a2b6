import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { Facts } from '../parts/facts.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { LocationActions } from './location-actions.tsx';
import { useStockColumns } from './stock-columns.tsx';
import { useUnitColumns } from './unit-columns.tsx';

const route = getRouteApi('/spares/locations');

/** What lies in a location and everything in it, unit by unit and stock row by stock row. */
export function LocationContents({ id }: { readonly id: string }) {
  const { t } = useTranslation('spares');
  const { list = 'units' } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/locations' });
  const location = $api.useQuery('get', '/locations/{id}', { params: { path: { id } } });
  return (
    <Section title={location.data ? `${location.data.code} · ${location.data.name}` : t('locations.contents')}>
      {location.data ? <LocationActions location={location.data} /> : null}
      <Loaded query={location}>
        {({ path, kind, retired }) => (
          <Facts
            facts={[
              [t('locations.kind'), t(`locationKind.${kind}`)],
              [
                t('locations.path'),
                path.map((step, index) => (
                  <span key={step.id}>
                    {index > 0 ? ' / ' : ''}
                    <Link to="/spares/locations" search={{ at: step.id }} className="code">
                      {step.code}
                    </Link>
                  </span>
                )),
              ],
              [t('part.retired'), retired?.reason ?? null],
              [
                t('label.title'),
                <Link key="labels" to="/storeroom/labels" search={{ of: 'locations', ids: id }}>
                  {t('label.sheet')}
                </Link>,
              ],
            ]}
          />
        )}
      </Loaded>
      <Tabs
        activeKey={list}
        destroyOnHidden
        onChange={(key) => void navigate({ search: { at: id, list: key === 'stock' ? 'stock' : undefined } })}
        items={[
          { key: 'units', label: t('units.title'), children: <UnitsBelow id={id} /> },
          { key: 'stock', label: t('part.stock'), children: <StockBelow id={id} /> },
        ]}
      />
    </Section>
  );
}

function usePaging() {
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/locations' });
  return {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (before) => ({ ...before, after: next }) }),
    rowKey: (row: { readonly id: string }) => row.id,
  };
}

function UnitsBelow({ id }: { readonly id: string }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const units = $api.useQuery('get', '/units', { params: { query: stated({ below: id, after: paging.after }) } });
  return (
    <KeyedTable
      {...paging}
      query={units}
      columns={useUnitColumns()}
      empty={<NothingHere text={t('locations.noUnits')} />}
      label={t('units.title')}
    />
  );
}

function StockBelow({ id }: { readonly id: string }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const stock = $api.useQuery('get', '/stock', { params: { query: stated({ below: id, after: paging.after }) } });
  return (
    <KeyedTable
      {...paging}
      query={stock}
      columns={useStockColumns()}
      empty={<NothingHere text={t('locations.noStock')} />}
      label={t('part.stock')}
    />
  );
}
