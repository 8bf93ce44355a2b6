import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import type { BackupSet } from './backup-api.ts';

interface PingTokensProps {
  readonly set: BackupSet;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** The addresses by which backup scripts say how a run went: each is shown once, when it is made, and can be revoked. */
export function PingTokens({ set, after, onPage }: PingTokensProps) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const [address, setAddress] = useState<string>();
  const path = { id: set.id };
  const query = $api.useQuery('get', '/backup-sets/{id}/ping-tokens', {
    params: { path, query: { limit: 20, ...(after ? { after } : {}) } },
  });
  const make = useWrite((_: undefined, header) =>
    api.POST('/backup-sets/{id}/ping-tokens', { params: { path, header } }),
  );
  const revoke = useWrite((id: string, header) =>
    api.DELETE('/ping-tokens/{id}', { params: { path: { id }, header } }),
  );
  const mayWrite = can('backup.write') && !set.retired;
  return (
    <>
      <p>{t('ping.text')}</p>
      <ProblemAlert error={make.problem ?? revoke.problem} />
      {address ? (
        <SecretOnce
          title={t('ping.once')}
          secret={`curl -fsS ${location.origin}${address}/success`}
          onDone={() => setAddress(undefined)}
        />
      ) : null}
      {mayWrite ? (
        <div className="set-buttons">
          <Button
            loading={make.isPending}
            onClick={() =>
              void make.write(undefined).then(
                (made) => setAddress(made.path),
                () => undefined,
              )
            }
          >
            {t('ping.make')}
          </Button>
        </div>
      ) : null}
      <KeyedTable
        label={t('tab.pings')}
        query={query}
        rowKey={({ id }) => id}
        {...{ after, onPage }}
        empty={<NothingHere text={t('ping.none')} />}
        columns={[
          { title: t('ping.made'), key: 'made', render: (_, { createdAt }) => <Moment at={createdAt} /> },
          {
            title: t('ping.used'),
            key: 'used',
            render: (_, { lastUsedAt }) => (lastUsedAt ? <Moment at={lastUsedAt} /> : t('ping.never')),
          },
          {
            title: t('state'),
            key: 'state',
            render: (_, { revokedAt }) =>
              revokedAt ? (
                <Mark tone="quiet">
                  {t('ping.revoked')} <Moment at={revokedAt} />
                </Mark>
              ) : (
                <Mark tone="good">{t('ping.valid')}</Mark>
              ),
          },
          {
            key: 'acts',
            title: <span className="visually-hidden">{t('actions')}</span>,
            render: (_, { id, revokedAt }) =>
              mayWrite && !revokedAt ? (
                <ConfirmedButton
                  small
                  danger
                  label={t('ping.revoke')}
                  ask={t('ping.revokeAsk')}
                  loading={revoke.isPending}
                  onConfirm={() => revoke.write(id).catch(() => undefined)}
                />
              ) : null,
          },
        ]}
      />
    </>
  );
}
