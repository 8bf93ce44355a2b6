import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { AlertChanges } from './alert-changes.tsx';
import { REFRESH_MS, type ShownAlert } from './alert-data.ts';
import { AlertState } from './alert-state.tsx';
import { AlertSubject } from './alert-subject.tsx';
import { AlertValue } from './alert-value.tsx';
import { AlertsPage } from './alerts-page.tsx';
import { CloseDialog } from './close-dialog.tsx';
import { Escalation } from './escalation.tsx';
import { LevelMark } from './level-mark.tsx';
import { PlanThen } from './plan-then.tsx';
import { QuietDialog } from './quiet-dialog.tsx';
import { Thresholds } from './thresholds.tsx';
import { ToldList } from './told-list.tsx';
import './alerts.css';

const route = getRouteApi('/alerts/$id');

/** One alert: what it says, what is to be done, who was told and who will be, and what became of it. */
export function AlertPage() {
  const { t } = useTranslation('alerts');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/alerts/{id}', { params: { path: { id } } }, { refetchInterval: REFRESH_MS });
  const { data } = query;
  return (
    <AlertsPage
      title={data ? `${data.subject.name}: ${data.rule.name}` : t('one')}
      actions={data && data.closedAt === null ? <Acts alert={data} /> : null}
    >
      <Loaded query={query}>
        {(alert) => (
          <>
            <Section title={t('says')}>
              <WhatItSays alert={alert} />
            </Section>
            <PlanThen alert={alert} />
            <Escalation alert={alert} />
            <ToldList alert={alert} />
            <Thresholds alert={alert} />
            <AlertChanges alert={alert} />
          </>
        )}
      </Loaded>
    </AlertsPage>
  );
}

type Act = 'acknowledge' | 'quiet' | 'close';

function Acts({ alert }: { readonly alert: ShownAlert }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const [act, setAct] = useState<Act>();
  const onClose = () => setAct(undefined);
  if (!can('alert.operate')) return null;
  return (
    <>
      {alert.state === 'open' ? (
        <Button type="primary" onClick={() => setAct('acknowledge')}>
          {t('act.acknowledge')}
        </Button>
      ) : null}
      <Button onClick={() => setAct('quiet')}>{t('quiet.go')}</Button>
      <Button onClick={() => setAct('close')}>{t('act.close')}</Button>
      <AcknowledgeDialog alert={act === 'acknowledge' ? alert : undefined} onClose={onClose} />
      {act === 'quiet' ? <QuietDialog alert={alert} onClose={onClose} /> : null}
      {act === 'close' ? <CloseDialog alert={alert} onClose={onClose} /> : null}
    </>
  );
}

function WhatItSays({ alert }: { readonly alert: ShownAlert }) {
  const { t } = useTranslation('alerts');
  const { level, closedAt, subject, serviceId, serviceName, rule, openedAt, levelSince, acknowledged } = alert;
  return (
    <Facts
      facts={[
        [t('list.level'), <LevelMark key="level" level={level} isOpen={closedAt === null} />],
        [t('list.state'), <AlertState key="state" alert={alert} />],
        [t('list.value'), <AlertValue key="value" alert={alert} />],
        [t('list.subject'), <AlertSubject key="subject" subject={subject} />],
        [
          t('service'),
          serviceId ? (
            <ThingLink key="service" kind="service" id={serviceId}>
              {serviceName}
            </ThingLink>
          ) : null,
        ],
        [
          t('rule.one'),
          <Link key="rule" to="/alerts/rules/$id" params={{ id: rule.id }}>
            {rule.name}
          </Link>,
        ],
        [t('list.opened'), <Moment key="opened" at={openedAt} />],
        [t('list.levelSince'), <Moment key="since" at={levelSince} />],
        [t('act.remindAt'), acknowledged?.remindAt ? <Moment key="remind" at={acknowledged.remindAt} /> : null],
      ]}
    />
  );
}
