import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Select, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { type Role, useCan } from '../app/session.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';
import { RoleNames } from '../parts/role-names.tsx';
import { PersonState } from './person-state.tsx';

const route = getRouteApi('/people');
const STATES = ['active', 'disabled', 'all'] as const;

/** Who works with Muster. */
export function PeoplePage() {
  const { t } = useTranslation('people');
  const can = useCan();
  const { state = 'active', after } = route.useSearch();
  const navigate = useNavigate({ from: '/people' });
  const query = $api.useQuery('get', '/persons', { params: { query: { state, ...(after ? { after } : {}) } } });
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <Select
            aria-label={t('show')}
            value={state}
            options={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
            onChange={(value) => void navigate({ search: { state: value } })}
          />
          {can('people.write') ? (
            <Button type="primary" onClick={() => void navigate({ to: '/people/new' })}>
              {t('new')}
            </Button>
          ) : null}
        </>
      }
    >
      <KeyedTable
        query={query}
        label={t('title')}
        rowKey={({ id }) => id}
        columns={useColumns()}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={state === 'active' ? t('empty') : t('emptyFiltered')} />}
      />
    </Page>
  );
}

interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly disabledAt: string | null;
}

function useColumns(): TableColumnsType<PersonRow> {
  const { t } = useTranslation('people');
  return [
    {
      title: t('name'),
      key: 'name',
      render: (_value, { id, name }) => (
        <Link to="/people/$id" params={{ id }}>
          {name}
        </Link>
      ),
    },
    { title: t('email'), dataIndex: 'email' },
    { title: t('roles'), key: 'roles', render: (_value, { roles }) => <RoleNames roles={roles} /> },
    { title: t('state'), key: 'state', render: (_value, { disabledAt }) => <PersonState disabledAt={disabledAt} /> },
  ];
}
