import { Button, Table, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import { EndActionDialog } from './action-dialogs.tsx';
import type { Action } from './incident-data.ts';

interface ActionListProps {
  readonly source: 'incident-review' | 'process-review';
  readonly sourceId: string;
}

/** The actions of one review, ended ones as well. */
export function ActionList({ source, sourceId }: ActionListProps) {
  const { t } = useTranslation('incidents');
  const columns = useActionColumns();
  const around = useReachableTable();
  const query = $api.useQuery('get', '/actions', { params: { query: { source, sourceId, state: 'all', limit: 100 } } });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="sub">{t('actions.noneOfReview')}</p>
        ) : (
          <section ref={around} aria-label={t('actions.title')} className="keyed-table">
            <Table<Action>
              size="small"
              columns={columns}
              dataSource={items}
              rowKey={({ id }) => id}
              pagination={false}
              scroll={{ x: 'max-content' }}
            />
          </section>
        )
      }
    </Loaded>
  );
}

/** The columns of a list of actions, with what can be done about each. */
export function useActionColumns(): TableColumnsType<Action> {
  const { t } = useTranslation('incidents');
  return [
    {
      ...{ key: 'title', title: t('actions.what') },
      render: (_, { title, note, end }) => (
        <>
          {title}
          {note ? <div className="sub said">{note}</div> : null}
          {end?.outcome ? <div className="sub said">{end.outcome}</div> : null}
        </>
      ),
    },
    { key: 'owner', title: t('actions.owner'), render: (_, { owner }) => owner.name },
    {
      ...{ key: 'due', title: t('actions.due') },
      render: (_, { dueAt, isOverdue }) => (
        <>
          <Moment at={dueAt} />
          {isOverdue ? (
            <div>
              <Mark tone="bad">{t('actions.overdue')}</Mark>
            </div>
          ) : null}
        </>
      ),
    },
    { key: 'state', title: t('filter.state'), render: (_, action) => <ActionState action={action} /> },
    { key: 'source', title: t('actions.source'), render: (_, action) => <ActionSource action={action} /> },
    {
      ...{ key: 'acts', title: <span className="visually-hidden">{t('actions.end')}</span> },
      render: (_, action) => <ActionActs action={action} />,
    },
  ];
}

function ActionState({ action }: { readonly action: Action }) {
  const { t } = useTranslation('incidents');
  const { state, end } = action;
  const tone = { open: 'busy', done: 'good', dropped: 'quiet' } as const;
  return (
    <>
      <Mark tone={tone[state]}>{t(`actionState.${state}`)}</Mark>
      {end ? (
        <div className="sub">
          {end.by?.name} <Moment at={end.at} />
        </div>
      ) : null}
    </>
  );
}

function ActionSource({ action }: { readonly action: Action }) {
  const { t } = useTranslation('incidents');
  const { kind, id, drill } = action.source;
  const text = t(`actionSource.${kind}`);
  if (kind === 'drill' && id) {
    return (
      <ThingLink kind="drill-run" id={id}>
        {drill ?? text}
      </ThingLink>
    );
  }
  return <>{text}</>;
}

function ActionActs({ action }: { readonly action: Action }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [how, end] = useState<'done' | 'drop'>();
  // Those of drills close by themselves, when a later run shows it.
  if (!can('incident.operate') || action.state !== 'open' || action.source.kind === 'drill') return null;
  return (
    <div className="act-buttons no-print">
      <Button size="small" onClick={() => end('done')}>
        {t('actionEnd.done')}
      </Button>
      <Button size="small" onClick={() => end('drop')}>
        {t('actionEnd.drop')}
      </Button>
      {how ? <EndActionDialog action={action} how={how} onClose={() => end(undefined)} /> : null}
    </div>
  );
}
