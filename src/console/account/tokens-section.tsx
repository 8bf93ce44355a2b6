import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { Section } from '../parts/section.tsx';
import { NewTokenForm } from './new-token-form.tsx';

const route = getRouteApi('/account');

/** The tokens of whoever is signed in: made, shown once, revoked. */
export function TokensSection({ principalId }: { readonly principalId: string }) {
  const { t } = useTranslation('account');
  const { tokensAfter: after } = route.useSearch();
  const navigate = useNavigate({ from: '/account' });
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const query = $api.useQuery('get', '/tokens', { params: { query: { principalId, ...(after ? { after } : {}) } } });
  const revoke = useWrite((id: string, header) => api.DELETE('/tokens/{id}', { params: { path: { id }, header } }));
  return (
    <Section title={t('tokens.title')}>
      <p className="hint">{t('tokens.about')}</p>
      {secret ? <SecretOnce title={t('tokens.once')} secret={secret} onDone={() => setSecret(undefined)} /> : null}
      <ProblemAlert error={revoke.problem} />
      <KeyedTable
        query={query}
        label={t('tokens.list')}
        rowKey={({ id }) => id}
        columns={useColumns((id) => revoke.write(id).catch(() => undefined))}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, tokensAfter: next }) })}
        empty={<NothingHere text={t('tokens.empty')} />}
      />
      <div className="section-actions">
        {isMaking ? (
          <NewTokenForm
            onMade={(made) => {
              setSecret(made);
              setMaking(false);
            }}
            onCancel={() => setMaking(false)}
          />
        ) : (
          <Button onClick={() => setMaking(true)}>{t('tokens.new')}</Button>
        )}
      </div>
    </Section>
  );
}

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

const TONES = { good: 'good', expired: 'quiet', revoked: 'quiet' } as const satisfies Record<string, Tone>;

function stateOf({ expiresAt, revokedAt }: TokenRow): keyof typeof TONES {
  if (revokedAt) return 'revoked';
  return expiresAt && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'good';
}

function useColumns(onRevoke: (id: string) => unknown): TableColumnsType<TokenRow> {
  const { t } = useTranslation('account');
  const moment = (at: string | null, otherwise: string) => (at ? <Moment at={at} /> : otherwise);
  return [
    { title: t('tokens.name'), dataIndex: 'name' },
    {
      title: t('tokens.state'),
      key: 'state',
      render: (_value, row) => <Mark tone={TONES[stateOf(row)]}>{t(`tokens.states.${stateOf(row)}`)}</Mark>,
    },
    { title: t('tokens.created'), key: 'created', render: (_value, row) => <Moment at={row.createdAt} /> },
    { title: t('tokens.expires'), key: 'expires', render: (_value, row) => moment(row.expiresAt, t('tokens.never')) },
    { title: t('tokens.lastUsed'), key: 'used', render: (_value, row) => moment(row.lastUsedAt, t('tokens.notUsed')) },
    {
      title: <span className="visually-hidden">{t('tokens.revoke')}</span>,
      key: 'revoke',
      render: (_value, row) =>
        stateOf(row) === 'good' ? (
          <ConfirmedButton
            small
            danger
            label={t('tokens.revoke')}
            ask={t('tokens.revokeAsk')}
            onConfirm={() => onRevoke(row.id)}
          />
        ) : null,
    },
  ];
}
