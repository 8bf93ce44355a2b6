import { getRouteApi } from '@tanstack/react-router';
import { Button, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Suppression } from './alert-data.ts';
import { AlertsPage } from './alerts-page.tsx';
import { QuietDialog } from './quiet-dialog.tsx';

const route = getRouteApi('/alerts/silences');

/** Silences and maintenance windows: of what nobody is told, until when, and why. */
export function SilencesPage() {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const [isNew, setNew] = useState(false);
  const query = stated({ state: state ?? ('pending' as const), after });
  return (
    <AlertsPage
      title={t('quiet.title')}
      actions={can('alert.operate') ? <Button onClick={() => setNew(true)}>{t('quiet.new')}</Button> : null}
    >
      <search className="filters">
        <ChoiceField
          label={t('list.which')}
          all={t('quiet.pending')}
          value={state}
          options={[{ value: 'all' as const, label: t('quiet.all') }]}
          onChoose={(chosen) => void navigate({ search: stated({ state: chosen }) })}
        />
      </search>
      <KeyedTable
        query={$api.useQuery('get', '/alert-suppressions', { params: { query } })}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('quiet.none')} />}
        label={t('quiet.title')}
      />
      {isNew ? <QuietDialog onClose={() => setNew(false)} /> : null}
    </AlertsPage>
  );
}

function useColumns(): TableColumnsType<Suppression> {
  const { t } = useTranslation('alerts');
  return [
    { key: 'kind', title: t('quiet.kind'), render: (_, { kind }) => t(`quietKind.${kind}`) },
    { key: 'of', title: t('quiet.what'), render: (_, row) => <Match suppression={row} /> },
    { key: 'reason', title: t('quiet.why'), dataIndex: 'reason', width: '20rem' },
    { key: 'from', title: t('quiet.from'), render: (_, { startsAt }) => <Moment at={startsAt} /> },
    { key: 'until', title: t('quiet.until'), render: (_, { endsAt, ended }) => <Moment at={ended?.at ?? endsAt} /> },
    { key: 'by', title: t('quiet.by'), render: (_, { createdBy }) => createdBy.name },
    { key: 'state', title: t('list.state'), render: (_, row) => <State suppression={row} /> },
  ];
}

function Match({ suppression }: { readonly suppression: Suppression }) {
  const { t } = useTranslation('alerts');
  const { ruleId, ruleName, key, serviceId, serviceName } = suppression;
  return (
    <>
      {serviceId ? (
        <div>
          {t('service')}:{' '}
          <ThingLink kind="service" id={serviceId}>
            {serviceName}
          </ThingLink>
        </div>
      ) : null}
      {ruleId ? (
        <div>
          {t('rule.one')}: {ruleName}
        </div>
      ) : null}
      {key ? <div className="code">{key}</div> : null}
    </>
  );
}

function State({ suppression }: { readonly suppression: Suppression }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const { id, startsAt, endsAt, ended } = suppression;
  const end = useWrite((_: undefined, headers) =>
    api.POST('/alert-suppressions/{id}/end', { params: { path: { id }, header: headers } }),
  );
  if (ended) return <Mark tone="quiet">{t('quiet.endedEarly')}</Mark>;
  const now = Date.now();
  if (Date.parse(endsAt) <= now) return <Mark tone="quiet">{t('quiet.over')}</Mark>;
  return (
    <>
      <Mark tone={Date.parse(startsAt) > now ? 'busy' : 'warn'}>
        {Date.parse(startsAt) > now ? t('quiet.toCome') : t('quiet.holds')}
      </Mark>
      {can('alert.operate') ? (
        <div>
          <ConfirmedButton
            small
            label={t('quiet.end')}
            ask={t('quiet.endAsk')}
            loading={end.isPending}
            onConfirm={() => end.write(undefined).catch(() => undefined)}
          />
        </div>
      ) : null}
      <ProblemAlert error={end.problem} />
    </>
  );
}
