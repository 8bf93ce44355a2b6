import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { WithdrawKey } from './entitlement-actions.tsx';
import type { LicenceKey } from './licences.words.ts';
import { RevealKey } from './reveal-key.tsx';

const route = getRouteApi('/licences/entitlements/$id');

/** Which keys an entitlement has, never the keys themselves; whoever may can have one shown. */
export function KeyList({ entitlementId }: { readonly entitlementId: string }) {
  const { t } = useTranslation('licences');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/licences/entitlements/$id' });
  const can = useCan();
  const [revealed, setRevealed] = useState<LicenceKey>();
  const keys = $api.useQuery('get', '/licence-keys', {
    params: { query: stated({ entitlementId, state: 'all' as const, after }) },
  });
  return (
    <>
      <KeyedTable<LicenceKey>
        query={keys}
        columns={[
          { key: 'seat', title: t('keys.seat'), render: (_, { seat }) => seat ?? t('keys.whole') },
          { key: 'state', title: t('state'), render: (_, key) => <KeyState of={key} /> },
          { key: 'createdAt', title: t('keys.added'), render: (_, { createdAt }) => <Moment at={createdAt} /> },
          {
            ...{ key: 'reveal', title: t('keys.key') },
            render: (_, key) =>
              key.withdrawn === null && can('licence.reveal') ? (
                <Button onClick={() => setRevealed(key)}>{t('keys.reveal')}</Button>
              ) : (
                t('keys.sealed')
              ),
          },
          {
            key: 'acts',
            title: <span className="visually-hidden">{t('keyEntry.withdraw')}</span>,
            render: (_, key) =>
              key.withdrawn === null && can('licence.write') ? <WithdrawKey licenceKey={key} /> : null,
          },
        ]}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        empty={<NothingHere text={t('keys.none')} />}
        label={t('keys.list')}
      />
      {revealed ? <RevealKey licenceKey={revealed} onClose={() => setRevealed(undefined)} /> : null}
    </>
  );
}

function KeyState({ of: { withdrawn } }: { readonly of: LicenceKey }) {
  const { t } = useTranslation('licences');
  if (withdrawn === null) return <Mark tone="good">{t('keys.valid')}</Mark>;
  return <Mark tone="quiet">{t('keys.withdrawn', { reason: withdrawn.reason })}</Mark>;
}
