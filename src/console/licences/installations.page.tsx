import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField, SearchField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { AddInstallation, RemoveInstallation } from './installation-entry.tsx';
import type { Installation, InstallationSearch } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';
import { ProductLink } from './product-link.tsx';
import { ProductTag } from './product-tag.tsx';

const route = getRouteApi('/licences/installations');

/** What was found where, by which source, and whether it is still there. */
export function InstallationsPage() {
  const { t } = useTranslation('licences');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/licences/installations' });
  const installations = $api.useQuery('get', '/installations', { params: { query: queryOf(search) } });
  return (
    <LicencesPage title={t('installations.title')} actions={<AddInstallation />}>
      <Filters />
      <KeyedTable<Installation>
        query={installations}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={search.after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={Object.keys(search).length > 0 ? t('noneFits') : t('installations.none')} />}
        label={t('installations.title')}
      />
    </LicencesPage>
  );
}

/** One of product, host and source goes with whether it is there: of these the list has an index. */
function queryOf({ host, source, product, gone, after }: InstallationSearch) {
  const common = { isThere: gone === undefined, after };
  if (host) return stated({ ...common, host });
  if (source) return stated({ ...common, source });
  return stated({ ...common, productId: product });
}

function useColumns(): TableColumnsType<Installation> {
  const { t } = useTranslation('licences');
  return [
    { key: 'host', title: t('installations.host'), render: (_, { host }) => host },
    { key: 'product', title: t('product'), render: (_, { product }) => <ProductLink product={product} /> },
    { key: 'quantity', title: t('entitlement.quantity'), align: 'right', render: (_, { quantity }) => quantity },
    { key: 'source', title: t('installations.source'), render: (_, { source }) => source },
    { key: 'seen', title: t('installations.lastSeen'), render: (_, { lastSeenAt }) => <Moment at={lastSeenAt} /> },
    {
      ...{ key: 'state', title: t('state') },
      render: (_, { removedAt }) =>
        removedAt === null ? (
          <Mark tone="good">{t('installations.there')}</Mark>
        ) : (
          <Mark tone="quiet">{t('installations.gone')}</Mark>
        ),
    },
    {
      key: 'acts',
      title: <span className="visually-hidden">{t('installationEntry.acts')}</span>,
      render: (_, installation) => <RemoveInstallation installation={installation} />,
    },
  ];
}

function Filters() {
  const { t } = useTranslation('licences');
  const { host, source, product, gone } = route.useSearch();
  const navigate = useNavigate({ from: '/licences/installations' });
  const go = (search: InstallationSearch) => void navigate({ search: { gone, ...search } });
  return (
    <search className="filters">
      <SearchField
        label={t('installations.host')}
        placeholder={t('installations.hostHint')}
        value={host}
        onSearch={(text) => go({ host: text })}
      />
      <SearchField
        label={t('installations.source')}
        placeholder={t('installations.sourceHint')}
        value={source}
        onSearch={(text) => go({ source: text })}
      />
      <ChoiceField
        label={t('state')}
        all={t('installations.there')}
        value={gone}
        options={[{ value: 'true', label: t('installations.gone') }]}
        onChoose={(chosen) => go({ host, source, product, gone: chosen })}
      />
      {product ? <ProductTag id={product} onClose={() => go({})} /> : null}
    </search>
  );
}
