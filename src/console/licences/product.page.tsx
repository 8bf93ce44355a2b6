import { getRouteApi, Link } from '@tanstack/react-router';
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import type { Position } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';
import { usePositionColumns } from './position-columns.tsx';
import { ProductActions } from './product-entry.tsx';

const route = getRouteApi('/licences/products/$id');

/** One product: how it stands, and the ways to its entitlements and installations. */
export function ProductPage() {
  const { id } = route.useParams();
  const position = $api.useQuery('get', '/licence-products/{id}/position', { params: { path: { id } } });
  return <Loaded query={position}>{(found) => <Shown position={found} />}</Loaded>;
}

function Shown({ position }: { readonly position: Position }) {
  const { t } = useTranslation('licences');
  const { product } = position;
  return (
    <LicencesPage title={`${product.vendor} ${product.name}`} actions={<ProductActions id={product.id} />}>
      <Section title={t('productPage.position')}>
        <section className="keyed-table" aria-label={`${product.vendor} ${product.name}`} ref={useReachableTable()}>
          <Table
            size="middle"
            columns={usePositionColumns()}
            dataSource={position.lines}
            rowKey={({ basis }) => basis}
            pagination={false}
            scroll={{ x: 'max-content' }}
            locale={{ emptyText: t('productPage.nothing') }}
          />
        </section>
        <p className="sub">{t('pool.rule')}</p>
      </Section>
      <Section title={t('productPage.facts')}>
        <Facts
          facts={[
            [t('productPage.vendor'), product.vendor],
            [t('productPage.version'), product.productVersion],
            [t('productPage.asOf'), <Moment key="at" at={position.at} />],
          ]}
        />
        <p>
          <Link to="/licences/entitlements" search={{ product: product.id }}>
            {t('productPage.entitlements')}
          </Link>
          {' · '}
          <Link to="/licences/installations" search={{ product: product.id }}>
            {t('productPage.installations')}
          </Link>
        </p>
      </Section>
    </LicencesPage>
  );
}
