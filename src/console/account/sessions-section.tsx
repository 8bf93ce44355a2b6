import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { browserOf } from './browser-of.ts';

const route = getRouteApi('/account');

/** The sessions of whoever is signed in, and the way to end them. */
export function SessionsSection() {
  const { t } = useTranslation('account');
  const { sessionsAfter: after } = route.useSearch();
  const navigate = useNavigate({ from: '/account' });
  const query = $api.useQuery('get', '/me/sessions', { params: { query: after ? { after } : {} } });
  const end = useWrite((id: string, header) => api.DELETE('/me/sessions/{id}', { params: { path: { id }, header } }));
  const endAll = useWrite((_input: undefined, header) => api.DELETE('/me/sessions', { params: { header } }));
  return (
    <Section title={t('sessions.title')}>
      <ProblemAlert error={end.problem ?? endAll.problem} />
      <KeyedTable
        query={query}
        label={t('sessions.list')}
        rowKey={({ id }) => id}
        columns={useColumns((id) => end.write(id).catch(() => undefined))}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, sessionsAfter: next }) })}
        empty={<NothingHere text={t('sessions.empty')} />}
      />
      <div className="section-actions">
        <ConfirmedButton
          danger
          label={t('sessions.everywhere')}
          ask={t('sessions.everywhereAsk')}
          loading={endAll.isPending}
          onConfirm={() => endAll.write(undefined).catch(() => undefined)}
        />
      </div>
    </Section>
  );
}

interface SessionRow {
  readonly id: string;
  readonly openedBy: 'link' | 'password';
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly address: string | null;
  readonly agent: string | null;
  readonly isThisOne: boolean;
}

function useColumns(onEnd: (id: string) => unknown): TableColumnsType<SessionRow> {
  const { t } = useTranslation('account');
  return [
    {
      title: t('sessions.from'),
      key: 'from',
      render: (_value, { agent, address }) => (
        <span title={agent ?? undefined}>
          {browserOf(agent) ?? t('sessions.unknownAgent')} <span className="code">{address}</span>
        </span>
      ),
    },
    { title: t('sessions.by'), key: 'by', render: (_value, { openedBy }) => t(`me.openedBy.${openedBy}`) },
    { title: t('sessions.opened'), key: 'opened', render: (_value, row) => <Moment at={row.createdAt} /> },
    { title: t('sessions.lastSeen'), key: 'seen', render: (_value, row) => <Moment at={row.lastSeenAt} /> },
    {
      title: <span className="visually-hidden">{t('sessions.end')}</span>,
      key: 'end',
      render: (_value, { id, isThisOne }) =>
        isThisOne ? (
          <Mark tone="good">{t('sessions.this')}</Mark>
        ) : (
          <ConfirmedButton small label={t('sessions.end')} ask={t('sessions.endAsk')} onConfirm={() => onEnd(id)} />
        ),
    },
  ];
}
