import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { EndMark } from './ends.tsx';
import { ExpiryStrip } from './expiry-strip.tsx';
import { dayIn, type Expiry } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';

const route = getRouteApi('/licences/expiries');

const PAST_DAYS = 30;
const AHEAD_DAYS = 365;

/** Which terms and which support end on which day: of the last month, and of the next twelve. */
export function ExpiriesPage() {
  const { t } = useTranslation('licences');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/licences/expiries' });
  const span = { from: dayIn(-PAST_DAYS), until: dayIn(AHEAD_DAYS) };
  const expiries = $api.useQuery('get', '/entitlements/expiries', {
    params: { query: stated({ ...span, limit: 100, after }) },
  });
  // A strip of one page of a longer list would say of later months that nothing ends.
  const isWhole = after === undefined && expiries.data?.next === null;
  return (
    <LicencesPage title={t('expiries.title')}>
      {isWhole && expiries.data?.items.length ? (
        <Section title={t('expiries.year')}>
          <ExpiryStrip expiries={expiries.data.items} />
        </Section>
      ) : null}
      <KeyedTable<Expiry>
        query={expiries}
        columns={useColumns()}
        rowKey={({ entitlementId, what }) => `${entitlementId} ${what}`}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        empty={<NothingHere text={t('expiries.none')} />}
        label={t('expiries.title')}
      />
    </LicencesPage>
  );
}

function useColumns(): TableColumnsType<Expiry> {
  const { t } = useTranslation('licences');
  return [
    { key: 'on', title: t('expiries.on'), render: (_, { on }) => on },
    { key: 'left', title: t('expiries.left'), render: (_, { on }) => <EndMark on={on} /> },
    { key: 'what', title: t('expiries.what'), render: (_, { what }) => t(`expiries.kind.${what}`) },
    {
      ...{ key: 'name', title: t('entitlements.name') },
      render: (_, { entitlementId, entitlementName, product }) => (
        <>
          <Link to="/licences/entitlements/$id" params={{ id: entitlementId }}>
            {entitlementName}
          </Link>
          <div className="sub">{product}</div>
        </>
      ),
    },
    { key: 'quantity', title: t('usage.seats'), align: 'right', render: (_, { quantity }) => quantity },
  ];
}
