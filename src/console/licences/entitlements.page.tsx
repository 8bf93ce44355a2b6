import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Ends } from './ends.tsx';
import { dayIn, type Entitlement, type EntitlementSearch, METRICS, SOON_DAYS } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';
import { ProductLink } from './product-link.tsx';
import { ProductTag } from './product-tag.tsx';
import { UsageMark } from './usage-mark.tsx';

const route = getRouteApi('/licences/entitlements');

/** The rights to use products, with how the seats of each stand. */
export function EntitlementsPage() {
  const { t } = useTranslation('licences');
  const search = route.useSearch();
  const can = useCan();
  const navigate = useNavigate({ from: '/licences/entitlements' });
  const entitlements = $api.useQuery('get', '/entitlements', { params: { query: queryOf(search) } });
  return (
    <LicencesPage
      title={t('entitlements.title')}
      actions={
        can('licence.write') ? (
          <LinkButton isPrimary to="/licences/entitlements/new" search={{ product: search.product }}>
            {t('entitlementEntry.new')}
          </LinkButton>
        ) : null
      }
    >
      <Filters />
      <KeyedTable
        query={entitlements}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={search.after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={Object.keys(search).length > 0 ? t('noneFits') : t('entitlements.none')} />}
        label={t('entitlements.title')}
      />
    </LicencesPage>
  );
}

/** The filters of the address that go together: the list has an index for each of these, and refuses every other mix. */
function queryOf({ q, metric, product, ends, state, after }: EntitlementSearch) {
  const common = { state, after, usage: true };
  if (q && q.length >= 3) return stated({ ...common, q });
  if (ends === 'soon') {
    const span = { endsFrom: dayIn(0), endsUntil: dayIn(SOON_DAYS) };
    return stated({ ...common, ...span, productId: product, sort: 'endsOn' as const });
  }
  if (ends === 'over') return stated({ ...common, endsUntil: dayIn(-1), productId: product, sort: '-endsOn' as const });
  if (product) return stated({ ...common, productId: product });
  return stated({ ...common, metric });
}

function useColumns(): TableColumnsType<Entitlement> {
  const { t } = useTranslation('licences');
  return [
    {
      ...{ key: 'name', title: t('entitlements.name') },
      render: (_, { id, name, product }) => (
        <>
          <Link to="/licences/entitlements/$id" params={{ id }}>
            {name}
          </Link>
          <div className="sub">
            <ProductLink product={product} />
          </div>
        </>
      ),
    },
    { key: 'metric', title: t('metric'), render: (_, { metric }) => t(`basis.${metric}`) },
    { key: 'seats', title: t('usage.seats'), align: 'right', render: (_, { quantity }) => quantity },
    { key: 'issued', title: t('usage.issued'), align: 'right', render: (_, { usage }) => usage?.issued },
    {
      key: 'held',
      title: t('usage.held'),
      align: 'right',
      render: (_, { usage }) => usage && usage.usedPeak - usage.issued,
    },
    { key: 'reserve', title: t('usage.reserve'), align: 'right', render: (_, row) => row.emergencyReserve },
    { key: 'free', title: t('usage.free'), render: (_, row) => <UsageMark entitlement={row} /> },
    { key: 'ends', title: t('ends.title'), render: (_, { endsOn }) => <Ends on={endsOn} /> },
  ];
}

function Filters() {
  const { t } = useTranslation('licences');
  const { q, metric, product, ends, state } = route.useSearch();
  const navigate = useNavigate({ from: '/licences/entitlements' });
  const go = (search: EntitlementSearch) => void navigate({ search: { state, ...search } });
  return (
    <search className="filters">
      <SearchField
        label={t('search')}
        placeholder={t('entitlements.searchHint')}
        value={q}
        lengthMin={3}
        onSearch={(text) => go({ q: text })}
      />
      <ChoiceField
        label={t('metric')}
        all={t('all')}
        value={metric}
        options={METRICS.map((value) => ({ value, label: t(`basis.${value}`) }))}
        onChoose={(chosen) => go({ metric: chosen })}
      />
      <ChoiceField
        label={t('ends.title')}
        all={t('ends.any')}
        value={ends}
        options={(['soon', 'over'] as const).map((value) => ({
          value,
          label: t(`ends.${value}Choice`, { days: SOON_DAYS }),
        }))}
        onChoose={(chosen) => go({ product, ends: chosen })}
      />
      <ChoiceField
        label={t('state')}
        all={t('lifeState.active')}
        value={state === 'active' ? undefined : state}
        options={(['retired', 'all'] as const).map((value) => ({ value, label: t(`lifeState.${value}`) }))}
        onChoose={(chosen) => go({ q, metric, product, ends, state: chosen })}
      />
      {product ? <ProductTag id={product} onClose={() => go({ ends })} /> : null}
    </search>
  );
}
