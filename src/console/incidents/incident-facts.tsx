import { useTranslation } from 'react-i18next';
import { Facts } from '../parts/facts.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Incident } from './incident-data.ts';
import { SeverityMark } from './marks.tsx';

/** What is known of it. */
export function IncidentFacts({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { severity, kind, stage, subState, service, team, assignee, customer, reporterContact, reporter } = incident;
  const { symptom, frequency, scope, description, restoredAt, resolvedAt, closedAt } = incident;
  return (
    <Facts
      facts={[
        [t('field.severity'), <SeverityMark key="severity" severity={severity} />],
        [t('field.kind'), t(`kind.${kind}`)],
        [
          t('field.stage'),
          subState ? `${t(`stage.${stage}`)}${t('colon')}${t(`subState.${subState}`)}` : t(`stage.${stage}`),
        ],
        [
          t('field.service'),
          service ? (
            <ThingLink key="service" kind="service" id={service.id}>
              {service.name}
            </ThingLink>
          ) : null,
        ],
        [t('field.team'), team?.name],
        [t('field.assignee'), assignee?.name],
        [t('field.customer'), customer || null],
        [t('field.reporter'), reporter ? `${reporterContact} (${reporter.name})` : reporterContact],
        [t('fact.symptom'), symptom],
        [t('fact.frequency'), frequency && t(`frequency.${frequency}`)],
        [t('fact.scope'), scope && t(`scope.${scope}`)],
        [
          t('field.description'),
          description ? (
            <span key="description" className="said">
              {description}
            </span>
          ) : null,
        ],
        [t('field.received'), <Moment key="received" at={incident.receivedAt} />],
        [
          t('field.restored'),
          restoredAt ? (
            <Mark key="restored" tone="good">
              <Moment at={restoredAt} />
            </Mark>
          ) : null,
        ],
        [t('field.resolved'), resolvedAt && <Moment key="resolved" at={resolvedAt} />],
        [t('field.closed'), closedAt && <Moment key="closed" at={closedAt} />],
      ]}
    />
  );
}
