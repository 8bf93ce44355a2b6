import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type AuditEntry, filterOf } from './audit-entry.ts';
import { AuditPage } from './audit-page.tsx';
import { EntryFilters } from './entry-filters.tsx';
import { SealMark } from './seal-mark.tsx';
import { SubjectLink } from './subject-link.tsx';

const route = getRouteApi('/audit');

const PAGE_ROWS = 50;

/** What was done, by whom, to what: searched by whatever an auditor knows of it. */
export function EntriesPage() {
  const { t } = useTranslation('audit');
  const { after, ...search } = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const filter = filterOf(search);
  const query = $api.useQuery('get', '/audit-entries', {
    params: { query: { ...filter, limit: PAGE_ROWS, ...stated({ after }) } },
  });
  const isShort = search.text !== undefined && query.data?.next != null && query.data.items.length < PAGE_ROWS;
  const asText = new URLSearchParams(filter as Record<string, string>).toString();
  return (
    <AuditPage
      title={t('title')}
      actions={
        <Button href={`${API_ROOT}/audit-entries.csv${asText ? `?${asText}` : ''}`} download>
          {t('export')}
        </Button>
      }
    >
      <EntryFilters />
      <KeyedTable
        label={t('title')}
        query={query}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={isShort ? t('goOn') : t('none')} />}
      />
      {isShort && query.data?.items.length ? <p role="status">{t('goOn')}</p> : null}
    </AuditPage>
  );
}

function useColumns(): TableColumnsType<AuditEntry> {
  const { t } = useTranslation('audit');
  return [
    {
      title: t('at'),
      key: 'at',
      render: (_, { id, occurredAt }) => (
        <Link to="/audit/entries/$id" params={{ id }}>
          <Moment at={occurredAt} />
        </Link>
      ),
    },
    { title: t('actor'), key: 'actor', render: (_, { actor }) => <Actor actor={actor} /> },
    {
      title: t('action'),
      key: 'action',
      render: (_, { action }) => (
        <Link from="/audit" to="/audit" search={(before) => ({ ...before, action, after: undefined })} className="code">
          {action}
        </Link>
      ),
    },
    { title: t('subject'), key: 'subject', render: (_, { subject }) => <SubjectLink subject={subject} /> },
    { title: t('seal'), key: 'seal', render: (_, { sealSeq }) => <SealMark seq={sealSeq} /> },
  ];
}

function Actor({ actor: { id, name } }: Pick<AuditEntry, 'actor'>) {
  const { t } = useTranslation('audit');
  const found = id === null ? { by: 'service' as const } : { actor: id };
  return (
    <Link
      from="/audit"
      to="/audit"
      search={(before) => ({ ...before, by: undefined, actor: undefined, after: undefined, ...found })}
    >
      {id === null ? t('service') : name}
    </Link>
  );
}
