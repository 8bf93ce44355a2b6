import { DownloadOutlined } from '@ant-design/icons';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { Field } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { dayIn, type Position, type PositionLine } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';
import { usePositionColumns } from './position-columns.tsx';
import { AddProduct } from './product-entry.tsx';
import { ProductLink } from './product-link.tsx';

const route = getRouteApi('/licences');

interface Row extends PositionLine {
  readonly product: Position['product'];
  readonly changedSince: number;
}

/** How every product stands: what is owned, in use, kept and free by each count, now or at the beginning of a day. */
export function PoolPage() {
  const { t } = useTranslation('licences');
  const { at: day, after } = route.useSearch();
  const navigate = useNavigate({ from: '/licences' });
  const at = instantOf(day);
  const positions = $api.useQuery(
    'get',
    '/licence-positions',
    { params: { query: stated({ at, after }) } },
    { select: ({ items, next }) => ({ items: items.flatMap(rowsOf), next }) },
  );
  const changed = positions.data?.items.some(({ changedSince }) => changedSince > 0) ?? false;
  return (
    <LicencesPage
      title={t('pool.title')}
      actions={
        <>
          <Download at={at} />
          <AddProduct />
        </>
      }
    >
      <search className="filters">
        <Field label={t('pool.at')}>
          {(id) => (
            <Input
              id={id}
              type="date"
              max={dayIn(0)}
              value={day ?? ''}
              onChange={(event) => void navigate({ search: { at: event.target.value || undefined } })}
            />
          )}
        </Field>
      </search>
      {changed ? <Alert className="problem" type="info" showIcon title={t('pool.changed')} /> : null}
      <KeyedTable<Row>
        query={positions}
        columns={[
          { key: 'product', title: t('product'), render: (_, row) => <ProductLink product={row.product} /> },
          ...usePositionColumns<Row>(),
        ]}
        rowKey={({ product, basis }) => `${product.id} ${basis}`}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('pool.none')} />}
        label={t('pool.title')}
      />
      <p className="sub">{t('pool.rule')}</p>
    </LicencesPage>
  );
}

/** A product without a right to use it and without installations has one line that says so by its zeros. */
function rowsOf({ product, lines, changedSince }: Position): Row[] {
  return lines.map((line) => ({ ...line, product, changedSince }));
}

/** The end of a day of the reader's, or nothing for what is no day. */
function instantOf(day: string | undefined): string | undefined {
  const end = day === undefined ? Number.NaN : new Date(`${day}T23:59:59`).getTime();
  return Number.isNaN(end) ? undefined : new Date(Math.min(end, Date.now())).toISOString();
}

function Download({ at }: { readonly at: string | undefined }) {
  const { t } = useTranslation('licences');
  const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
  return (
    <Button icon={<DownloadOutlined />} href={`${API_ROOT}/licence-positions.csv${query}`} download>
      {t('pool.download')}
    </Button>
  );
}
