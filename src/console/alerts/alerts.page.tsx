import { getRouteApi, Link } from '@tanstack/react-router';
import { Button, type TableColumnsType, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type Alert, useLevelNames } from './alert-data.ts';
import { AlertState } from './alert-state.tsx';
import { AlertSubject } from './alert-subject.tsx';
import { AlertValue } from './alert-value.tsx';
import { AlertsPage } from './alerts-page.tsx';
import { LevelMark } from './level-mark.tsx';
import { OpenLevels } from './open-levels.tsx';
import { QuietDialog } from './quiet-dialog.tsx';

const route = getRouteApi('/alerts');

/** What is open by level, the most urgent first; or all that ever was, page by page. */
export function AlertsListPage() {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const { state, level, service, rule } = route.useSearch();
  const [isQuieting, setQuieting] = useState(false);
  return (
    <AlertsPage
      title={t('list.title')}
      actions={can('alert.operate') ? <Button onClick={() => setQuieting(true)}>{t('quiet.new')}</Button> : null}
    >
      <Filters />
      {state === undefined ? (
        <OpenLevels level={level && Number(level)} serviceId={service} ruleId={rule} />
      ) : (
        <History />
      )}
      {isQuieting ? (
        <QuietDialog given={stated({ serviceId: service, ruleId: rule })} onClose={() => setQuieting(false)} />
      ) : null}
    </AlertsPage>
  );
}

function Filters() {
  const { t } = useTranslation('alerts');
  const { state, level, service, rule } = route.useSearch();
  const navigate = route.useNavigate();
  const names = useLevelNames();
  return (
    <search className="filters">
      <ChoiceField
        label={t('list.which')}
        all={t('list.open')}
        value={state}
        options={(['closed', 'all'] as const).map((value) => ({ value, label: t(`list.${value}`) }))}
        onChoose={(chosen) => void navigate({ search: { level, service, rule, state: chosen } })}
      />
      <ChoiceField
        label={t('list.level')}
        all={t('list.everyLevel')}
        value={level}
        options={names.map((name, index) => {
          const number = index + 1;
          return { value: `${number}` as '1' | '2' | '3' | '4', label: t('levelNamed', { level: number, name }) };
        })}
        onChoose={(chosen) => void navigate({ search: { state, service, rule, level: chosen } })}
      />
      {service ? <ServiceTag id={service} onClose={() => void navigate({ search: { state, level, rule } })} /> : null}
      {rule ? <RuleTag id={rule} onClose={() => void navigate({ search: { state, level, service } })} /> : null}
    </search>
  );
}

interface TagProps {
  readonly id: string;
  readonly onClose: () => void;
}

function ServiceTag({ id, onClose }: TagProps) {
  const { t } = useTranslation('alerts');
  const { data } = $api.useQuery('get', '/services/{id}', { params: { path: { id } } });
  return (
    <Tag closable={{ 'aria-label': t('list.dropFilter') }} onClose={onClose}>
      {t('service')}: {data?.name}
    </Tag>
  );
}

function RuleTag({ id, onClose }: TagProps) {
  const { t } = useTranslation('alerts');
  const { data } = $api.useQuery('get', '/alert-rules/{id}', { params: { path: { id } } });
  return (
    <Tag closable={{ 'aria-label': t('list.dropFilter') }} onClose={onClose}>
      {t('rule.one')}: {data?.name}
    </Tag>
  );
}

function History() {
  const { t } = useTranslation('alerts');
  const { state = 'all', level, service, rule, after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = stated({ state, level: level && Number(level), serviceId: service, ruleId: rule, after });
  return (
    <KeyedTable
      query={$api.useQuery('get', '/alerts', { params: { query } })}
      columns={useColumns()}
      rowKey={({ id }) => id}
      after={after}
      onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
      empty={<NothingHere text={t('list.noneEver')} />}
      label={t('list.title')}
    />
  );
}

function useColumns(): TableColumnsType<Alert> {
  const { t } = useTranslation('alerts');
  return [
    {
      ...{ key: 'subject', title: t('list.subject') },
      render: (_, { id, subject, rule }) => (
        <>
          <Link to="/alerts/$id" params={{ id }}>
            {subject.name}
          </Link>
          <div className="sub">{rule.name}</div>
        </>
      ),
    },
    {
      ...{ key: 'level', title: t('list.level') },
      render: (_, { level, closedAt }) => <LevelMark level={level} isOpen={closedAt === null} />,
    },
    { key: 'value', title: t('list.value'), render: (_, alert) => <AlertValue alert={alert} /> },
    {
      ...{ key: 'service', title: t('service') },
      render: (_, { serviceId, serviceName }) =>
        serviceId && <AlertSubject subject={{ kind: 'service', id: serviceId, name: serviceName ?? serviceId }} />,
    },
    { key: 'opened', title: t('list.opened'), render: (_, { openedAt }) => <Moment at={openedAt} /> },
    { key: 'state', title: t('list.state'), render: (_, alert) => <AlertState alert={alert} /> },
  ];
}
