import { getRouteApi, Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { ListedIncident } from './incident-data.ts';
import type { IncidentSearch } from './incident-search.ts';
import { SeverityMark } from './marks.tsx';

const route = getRouteApi('/incidents');

/** All incidents, closed ones as well, the newest first. */
export function IncidentTable() {
  const { t } = useTranslation('incidents');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/incidents', { params: { query: queryOf(search) } });
  const isNarrowed = Object.keys(queryOf({ ...search, after: undefined })).length > 0;
  return (
    <KeyedTable
      query={query}
      columns={useColumns()}
      rowKey={({ id }) => id}
      after={search.after}
      onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
      empty={<NothingHere text={isNarrowed ? t('noneFits') : t('none')} />}
      label={t('title')}
    />
  );
}

/** The filters of the address that go together: the list has an index for each of these, and refuses every other mix. */
function queryOf({ q, severity, service, team, state, after }: IncidentSearch) {
  if (q) return stated({ number: q.toUpperCase(), after });
  const isOpen = state === undefined ? undefined : state === 'open';
  return stated({ severity, serviceId: service, teamId: service ? undefined : team, isOpen, after });
}

function useColumns(): TableColumnsType<ListedIncident> {
  const { t } = useTranslation('incidents');
  return [
    {
      ...{ key: 'number', title: t('field.incident') },
      render: (_, { id, number, title }) => (
        <>
          <Link to="/incidents/$id" params={{ id }}>
            {title}
          </Link>
          <div className="sub code">{number}</div>
        </>
      ),
    },
    { key: 'severity', title: t('field.severity'), render: (_, { severity }) => <SeverityMark severity={severity} /> },
    {
      ...{ key: 'stage', title: t('field.stage') },
      render: (_, { stage, subState }) =>
        `${t(`stage.${stage}`)}${subState ? `${t('colon')}${t(`subState.${subState}`)}` : ''}`,
    },
    {
      ...{ key: 'service', title: t('field.service') },
      render: (_, { service }) =>
        service ? (
          <ThingLink kind="service" id={service.id}>
            {service.name}
          </ThingLink>
        ) : null,
    },
    { key: 'team', title: t('field.who'), render: (_, { team, assignee }) => assignee?.name ?? team?.name },
    { key: 'received', title: t('field.received'), render: (_, { receivedAt }) => <Moment at={receivedAt} /> },
    { key: 'closed', title: t('field.closed'), render: (_, { closedAt }) => closedAt && <Moment at={closedAt} /> },
  ];
}
