import { getRouteApi, Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type BoardItem, STAGES, type Stage } from './incident-data.ts';
import { DueIn, SeverityMark, Span } from './marks.tsx';

const route = getRouteApi('/incidents');

/** How often the board is asked anew: what is due comes nearer by itself. */
const ANEW_MS = 30_000;

/** Open incidents, a column for each stage; on a phone one stage under the other. */
export function Board() {
  const { t } = useTranslation('incidents');
  const { severity, service, team, mine, q } = route.useSearch();
  const query = stated({ severity, serviceId: service, teamId: team, q, mine: mine ? true : undefined });
  const board = $api.useQuery('get', '/incident-board', { params: { query } }, { refetchInterval: ANEW_MS });
  return (
    <Loaded query={board}>
      {({ items, isCut }) =>
        items.length === 0 ? (
          <NothingHere text={Object.keys(query).length > 0 ? t('noneFits') : t('board.none')} />
        ) : (
          <>
            {isCut ? <Alert type="warning" showIcon title={t('board.cut', { count: items.length })} /> : null}
            <div className="board">
              {STAGES.map((stage) => (
                <BoardColumn key={stage} stage={stage} items={items.filter((item) => item.stage === stage)} />
              ))}
            </div>
          </>
        )
      }
    </Loaded>
  );
}

function BoardColumn({ stage, items }: { readonly stage: Stage; readonly items: readonly BoardItem[] }) {
  const { t } = useTranslation('incidents');
  const id = useId();
  return (
    <section className={items.length === 0 ? 'board-stage empty' : 'board-stage'} aria-labelledby={id}>
      <h2 id={id}>
        {t(`stage.${stage}`)} <span className="board-count">{items.length}</span>
      </h2>
      {items.length === 0 ? null : (
        <ul>
          {items.map((item) => (
            <li key={item.id} className={item.overdue > 0 ? 'board-card overdue' : 'board-card'}>
              <BoardCard item={item} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function BoardCard({ item }: { readonly item: BoardItem }) {
  const { t } = useTranslation('incidents');
  const { id, number, title, severity, service, team, assignee, subState, stageSeconds, nextClock } = item;
  return (
    <>
      <div className="board-top">
        <SeverityMark severity={severity} />
        <span className="sub code">{number}</span>
      </div>
      <Link to="/incidents/$id" params={{ id }}>
        {title}
      </Link>
      {service ? <div className="sub">{service.name}</div> : null}
      <div className="sub">{assignee?.name ?? team?.name ?? t('board.nobody')}</div>
      <div className="sub">
        {subState ? `${t(`subState.${subState}`)} · ` : ''}
        {t('board.since')} <Span seconds={stageSeconds} />
      </div>
      {nextClock ? <NextClock {...nextClock} /> : <div className="sub">{t('board.noClock')}</div>}
      {item.overdue > 1 ? <Mark tone="bad">{t('board.overdue', { count: item.overdue })}</Mark> : null}
    </>
  );
}

function NextClock({ id, kind, dueInSeconds, isOverdue }: NonNullable<BoardItem['nextClock']>) {
  const { t } = useTranslation('incidents');
  return (
    <div>
      <Link to="/incidents/clocks/$id" params={{ id }}>
        {t(`clock.${kind}`)}
      </Link>
      <br />
      {dueInSeconds === null ? (
        <span className="sub">{t('due.unknown')}</span>
      ) : (
        <DueIn seconds={dueInSeconds} isOverdue={isOverdue} />
      )}
    </div>
  );
}
