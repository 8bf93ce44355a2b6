import { getRouteApi, Link } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { type AlertRule, useSignals } from './alert-data.ts';
import { AlertsPage } from './alerts-page.tsx';
import { RuleForm } from './rule-form.tsx';
import { RuleTimes } from './rule-times.tsx';
import { RuleState } from './rules.page.tsx';
import { ThresholdTable } from './thresholds.tsx';
import './alerts.css';

const route = getRouteApi('/alerts/rules/$id');

/** One rule: what it judges and when it alerts, with what is its own for some services. */
export function RulePage() {
  const { t } = useTranslation('alerts');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/alert-rules/{id}', { params: { path: { id } } });
  return (
    <AlertsPage title={query.data?.name ?? t('rule.one')}>
      <Loaded query={query}>{(rule) => <Rule rule={rule} />}</Loaded>
    </AlertsPage>
  );
}

function Rule({ rule }: { readonly rule: AlertRule }) {
  const { t } = useTranslation('alerts');
  const [isEditing, setEditing] = useState(false);
  const { signal, shipped, direction, thresholds, overrides = [] } = rule;
  const title = useSignals().get(signal)?.title;
  return (
    <>
      <Section title={t('rule.judges')}>
        <Facts
          facts={[
            [t('rule.signal'), `${title ? `${title} · ` : ''}${signal}`],
            [t('rule.bad'), t(`rule.${direction}`)],
            [t('list.state'), <RuleState key="state" rule={rule} />],
            [t('rule.origin'), shipped ? t('rule.shipped') : t('rule.added')],
          ]}
        />
        <p>
          <Link to="/alerts" search={{ rule: rule.id }}>
            {t('rule.openOf')}
          </Link>
        </p>
      </Section>
      <Section title={t('rule.condition')}>
        {isEditing ? (
          <RuleForm rule={rule} onClose={() => setEditing(false)} />
        ) : (
          <>
            <ThresholdTable rule={rule} thresholds={thresholds} />
            <RuleTimes rule={rule} />
            <Acts rule={rule} onEdit={() => setEditing(true)} />
          </>
        )}
      </Section>
      {overrides.map((override) => (
        <Section key={override.serviceId} title={t('rule.override')}>
          <OverriddenFor serviceId={override.serviceId} />
          <ThresholdTable rule={rule} thresholds={override.thresholds} />
        </Section>
      ))}
    </>
  );
}

function OverriddenFor({ serviceId }: { readonly serviceId: string }) {
  const { data } = $api.useQuery('get', '/services/{id}', { params: { path: { id: serviceId } } });
  return (
    <p>
      <ThingLink kind="service" id={serviceId}>
        {data?.name ?? serviceId}
      </ThingLink>
    </p>
  );
}

function Acts({ rule, onEdit }: { readonly rule: AlertRule; readonly onEdit: () => void }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const { message } = App.useApp();
  const isOn = rule.enabled !== false;
  const change = useWrite((enabled: boolean, headers) =>
    api.PATCH('/alert-rules/{id}', {
      params: { path: { id: rule.id }, header: { ...headers, ...ifMatch(rule.version) } },
      body: { enabled },
    }),
  );
  if (!can('alert.write') || rule.retired) return null;
  const turn = () =>
    change.write(!isOn).then(
      () => message.success(t('rule.changed')),
      () => undefined,
    );
  return (
    <>
      <ProblemAlert error={change.problem} />
      <div className="row-actions">
        <Button onClick={onEdit}>{t('rule.change')}</Button>
        <ConfirmedButton
          label={isOn ? t('rule.turnOff') : t('rule.turnOn')}
          ask={isOn ? t('rule.turnOffAsk') : t('rule.turnOnAsk')}
          loading={change.isPending}
          onConfirm={turn}
        />
      </div>
    </>
  );
}
