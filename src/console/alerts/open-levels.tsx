import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { type Alert, REFRESH_MS } from './alert-data.ts';
import { AlertState } from './alert-state.tsx';
import { AlertValue } from './alert-value.tsx';
import { LevelMark } from './level-mark.tsx';
import './alerts.css';

/** The most urgent one first. */
const LEVELS = [4, 3, 2, 1] as const;

/** Of one level more are not shown at once: the list of this level alone has them all. */
const SHOWN_MAX = 50;

interface OpenLevelsProps {
  /** Only one of the levels. */
  readonly level: number | undefined;
  readonly serviceId: string | undefined;
  readonly ruleId: string | undefined;
}

/** Open alerts from the most urgent level down, within one the newest first. It reads itself anew. */
export function OpenLevels({ level, serviceId, ruleId }: OpenLevelsProps) {
  const { t } = useTranslation('alerts');
  const [taking, setTaking] = useState<Alert>();
  const wanted = LEVELS.filter((one) => level === undefined || one === level);
  const queries = useQueries({ queries: wanted.map((one) => queryOf(one, stated({ serviceId, ruleId }))) });
  const isEmpty = queries.every(({ data }) => data?.items.length === 0);
  return (
    <>
      {isEmpty ? <NothingHere text={t('list.none')} /> : null}
      {queries.map((query, index) => (
        <Loaded key={wanted[index]} query={query}>
          {({ items, next }) => <Level alerts={items} isMore={next !== null} onTake={setTaking} />}
        </Loaded>
      ))}
      <AcknowledgeDialog alert={taking} onClose={() => setTaking(undefined)} />
    </>
  );
}

function queryOf(level: number, filter: { readonly serviceId?: string; readonly ruleId?: string }) {
  const query = { ...filter, level, state: 'open' as const, limit: SHOWN_MAX };
  return $api.queryOptions('get', '/alerts', { params: { query } }, { refetchInterval: REFRESH_MS });
}

interface LevelProps {
  readonly alerts: readonly Alert[];
  readonly isMore: boolean;
  readonly onTake: (alert: Alert) => void;
}

/** The open alerts of one level; nothing where there is none. */
function Level({ alerts, isMore, onTake }: LevelProps) {
  const { t } = useTranslation('alerts');
  const level = alerts[0]?.level;
  if (level === undefined) return null;
  return (
    <section className="alert-level">
      <h2>
        <LevelMark level={level} />{' '}
        <span className="quiet">{t(isMore ? 'list.countMore' : 'list.count', { count: alerts.length })}</span>
      </h2>
      <ul className="alert-cards">
        {alerts.map((alert) => (
          <AlertCard key={alert.id} alert={alert} onTake={onTake} />
        ))}
      </ul>
      {isMore ? (
        <Link to="/alerts" search={{ state: 'all', level: `${level}` }}>
          {t('list.allOfLevel')}
        </Link>
      ) : null}
    </section>
  );
}

function AlertCard({ alert, onTake }: { readonly alert: Alert; readonly onTake: (alert: Alert) => void }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const { id, rule, subject, serviceId, serviceName, levelSince, state } = alert;
  return (
    <li className="alert-card">
      <div className="alert-what">
        <Link to="/alerts/$id" params={{ id }}>
          {subject.name}: {rule.name}
        </Link>
        <div>
          <AlertValue alert={alert} />
          <span className="quiet">
            {' · '}
            {t('list.since')} <Moment at={levelSince} />
          </span>
        </div>
        {serviceId ? (
          <div className="sub">
            <ThingLink kind="service" id={serviceId}>
              {serviceName}
            </ThingLink>
          </div>
        ) : null}
      </div>
      <div className="alert-state">
        <AlertState alert={alert} />
      </div>
      {state === 'open' && can('alert.operate') ? (
        <Button
          className="no-print"
          onClick={() => onTake(alert)}
          aria-label={t('act.acknowledgeOf', { name: subject.name })}
        >
          {t('act.acknowledge')}
        </Button>
      ) : null}
    </li>
  );
}
