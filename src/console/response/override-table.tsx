import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Override, Rota } from './response-data.ts';

interface OverrideTableProps {
  readonly rota: Rota;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** What was put over the turns of a rota; what is not over yet can be cancelled. */
export function OverrideTable({ rota, after, onPage }: OverrideTableProps) {
  const { t } = useTranslation('response');
  const query = $api.useQuery('get', '/on-call-rotas/{id}/overrides', {
    params: { path: { id: rota.id }, query: stated({ limit: 50, after }) },
  });
  const cancel = useWrite((overrideId: string, header) =>
    api.POST('/on-call-rotas/{id}/overrides/{overrideId}/cancel', {
      params: { path: { id: rota.id, overrideId }, header: { ...header, ...ifMatch(rota.version) } },
    }),
  );
  return (
    <>
      <ProblemAlert error={cancel.problem} />
      <KeyedTable<Override>
        query={query}
        columns={useColumns(rota, (id) => cancel.write(id).catch(() => undefined))}
        rowKey={({ id }) => id}
        after={after}
        onPage={onPage}
        empty={<NothingHere text={t('override.none')} />}
        label={t('override.of', { rota: rota.name })}
      />
    </>
  );
}

function useColumns(rota: Rota, onCancel: (id: string) => Promise<unknown>): TableColumnsType<Override> {
  const { t } = useTranslation('response');
  const can = useCan();
  const isOpen = ({ cancelledAt, until }: Override) => cancelledAt === null && Date.parse(until) > Date.now();
  return [
    { key: 'from', title: t('override.from'), render: (_, { from }) => <Moment at={from} /> },
    { key: 'until', title: t('override.until'), render: (_, { until }) => <Moment at={until} /> },
    { key: 'kind', title: t('override.kind'), render: (_, { kind }) => t(`override.kinds.${kind}`) },
    { key: 'person', title: t('override.person'), dataIndex: 'personName' },
    { key: 'reason', title: t('override.reason'), render: (_, { reason }) => reason },
    { key: 'state', title: t('override.state'), render: (_, override) => <OverrideState override={override} /> },
    {
      key: 'cancel',
      title: t('override.actions'),
      render: (_, override) =>
        isOpen(override) && !rota.retired && can('people.operate') ? (
          <ConfirmedButton
            small
            label={t('override.cancel')}
            ask={t('override.cancelAsk')}
            onConfirm={() => onCancel(override.id)}
          />
        ) : null,
    },
  ];
}

function OverrideState({ override }: { readonly override: Override }) {
  const { t } = useTranslation('response');
  const { cancelledAt, from, until } = override;
  if (cancelledAt !== null) return <Mark tone="quiet">{t('override.cancelled')}</Mark>;
  if (Date.parse(until) <= Date.now()) return <Mark tone="quiet">{t('override.over')}</Mark>;
  return Date.parse(from) <= Date.now() ? (
    <Mark tone="good">{t('override.inForce')}</Mark>
  ) : (
    <Mark tone="busy">{t('override.coming')}</Mark>
  );
}
