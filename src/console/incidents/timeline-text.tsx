import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import {
  CLOCK_KINDS,
  CONTACT_WAYS,
  DECISIONS,
  FREQUENCIES,
  KINDS,
  SCOPES,
  SEVERITIES,
  STAGES,
  SUB_STATES,
  type TimelineItem,
} from './incident-data.ts';
import { TermText } from './term-text.tsx';

type Details = TimelineItem['details'];

/** A text of the details; undefined when there is none. */
function said(details: Details, name: string): string | undefined {
  const value = details[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** One of some words that have a translation; undefined for anything else. */
function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}

/** What there is to say of something that has happened, by its kind. */
export function TimelineText({ item }: { readonly item: TimelineItem }): ReactNode {
  const { kind, details } = item;
  if (kind.startsWith('clock-')) return <OfClock details={details} />;
  switch (kind) {
    case 'stage':
      return <OfStage details={details} />;
    case 'contact':
    case 'feedback':
      return <OfContact details={details} />;
    case 'classification':
      return <OfClassification details={details} />;
    case 'transfer':
      return <OfTransfer details={details} />;
    case 'verification':
      return <OfVerification details={details} />;
    case 'plan':
      return <OfPlan details={details} />;
    case 'facts':
      return <OfFacts details={details} />;
    case 'resolution':
      return <OfResolution details={details} />;
    case 'dispatch':
      return <OfDispatch details={details} />;
    case 'recovery-requested':
    case 'recovery-ended':
      return <OfRecovery details={details} />;
    case 'from-reserve':
      return <OfReserve details={details} />;
    default:
      return <div className="said">{said(details, 'text')}</div>;
  }
}

interface OfProps {
  readonly details: Details;
}

function OfStage({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const stage = oneOf([...STAGES, 'closed'] as const, details.stage);
  const subState = oneOf(SUB_STATES, details.subState);
  return (
    <div>
      {stage ? t(`stage.${stage}`) : null}
      {subState ? `${t('colon')}${t(`subState.${subState}`)}` : null}
    </div>
  );
}

function OfContact({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const how = oneOf(CONTACT_WAYS, details.how);
  const isSatisfied = details.isSatisfied;
  return (
    <>
      <div>
        {said(details, 'who')}
        {how ? ` (${t(`way.${how}`)})` : null}
      </div>
      <div className="said">{said(details, 'said')}</div>
      {typeof isSatisfied === 'boolean' ? (
        <Mark tone={isSatisfied ? 'good' : 'bad'}>{t(isSatisfied ? 'close.yes' : 'close.no')}</Mark>
      ) : null}
    </>
  );
}

function OfClassification({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const severity = oneOf(SEVERITIES, details.severity);
  const proposed = oneOf(SEVERITIES, details.proposed);
  const kind = oneOf(KINDS, details.kind);
  const rule = details.rule as { readonly name?: unknown } | null | undefined;
  return (
    <>
      <div>
        {kind ? t(`kind.${kind}`) : null} · {severity ? t(`severity.${severity}`) : null}
      </div>
      <div className="sub">
        {proposed ? t('classify.proposed', { severity: t(`severity.${proposed}`) }) : t('classify.noProposal')}
        {typeof rule?.name === 'string' ? ` (${t('classify.rule', { rule: rule.name })})` : null}
      </div>
      <div className="said">{said(details, 'reason')}</div>
    </>
  );
}

function OfTransfer({ details }: OfProps) {
  return (
    <>
      <div>{[said(details, 'team'), said(details, 'person')].filter(Boolean).join(' · ')}</div>
      <div className="said">{said(details, 'reason')}</div>
    </>
  );
}

function OfVerification({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const hasPassed = details.result === 'passed';
  return (
    <>
      <div>
        <Mark tone={hasPassed ? 'good' : 'bad'}>{t(hasPassed ? 'verification.passed' : 'verification.failed')}</Mark> ·{' '}
        {said(details, 'who')}
      </div>
      <div className="said">{said(details, 'how')}</div>
    </>
  );
}

function OfPlan({ details }: OfProps) {
  const resources = Array.isArray(details.resources) ? (details.resources as readonly Details[]) : [];
  return (
    <>
      <div className="said">{said(details, 'text')}</div>
      {resources.length > 0 ? (
        <ul>
          {resources.map((resource) => (
            <li key={JSON.stringify(resource)}>
              {said(resource, 'what')} × {String(resource.quantity ?? 1)}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function OfFacts({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const frequency = oneOf(FREQUENCIES, details.frequency);
  const scope = oneOf(SCOPES, details.scope);
  return (
    <>
      <div className="said">{said(details, 'symptom')}</div>
      <div>{[frequency && t(`frequency.${frequency}`), scope && t(`scope.${scope}`)].filter(Boolean).join(' · ')}</div>
    </>
  );
}

function OfResolution({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const cause = said(details, 'cause');
  const decision = details.decision as Details | null | undefined;
  const outcome = oneOf(DECISIONS, decision?.outcome);
  return (
    <>
      <div className="said">{said(details, 'text')}</div>
      {cause ? (
        <div className="said">
          {t('resolve.cause')}
          {t('colon')}
          {cause}
        </div>
      ) : null}
      {outcome && decision ? (
        <div className="said">
          {t(`decision.${outcome}`)}
          {t('colon')}
          {said(decision, 'reason')}
        </div>
      ) : null}
    </>
  );
}

function OfDispatch({ details }: OfProps) {
  const id = said(details, 'allocationId');
  const code = said(details, 'allocation') ?? id;
  return (
    <div>
      {said(details, 'who')} → {said(details, 'destination')}
      {id ? (
        <>
          {' · '}
          <Link to="/spares/out/$id" params={{ id }}>
            {code}
          </Link>
        </>
      ) : null}
    </div>
  );
}

function OfRecovery({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const id = said(details, 'drillRunId');
  const status = oneOf(['completed', 'failed', 'aborted', 'interrupted'] as const, details.status);
  return (
    <div>
      {id ? (
        <ThingLink kind="drill-run" id={id}>
          {said(details, 'drill') ?? id}
        </ThingLink>
      ) : null}
      {status ? ` · ${t(`runStatus.${status}`)}` : null} {said(details, 'reason')}
    </div>
  );
}

function OfReserve({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const id = said(details, 'allocationId');
  return (
    <div>
      {said(details, 'reason')}{' '}
      {id ? (
        <Link to="/spares/out/$id" params={{ id }}>
          {t('timeline.taken')}
        </Link>
      ) : null}
    </div>
  );
}

function OfClock({ details }: OfProps) {
  const { t } = useTranslation('incidents');
  const id = said(details, 'clockId');
  const kind = oneOf(CLOCK_KINDS, details.clock);
  const percent = details.percent;
  return (
    <div>
      {id && kind ? (
        <Link to="/incidents/clocks/$id" params={{ id }}>
          {t(`clock.${kind}`)}
        </Link>
      ) : null}
      {typeof percent === 'number' && percent < 100 ? ` · ${percent} %` : null}
      {details.term ? (
        <>
          {' · '}
          <TermText term={details.term as Parameters<typeof TermText>[0]['term']} />
        </>
      ) : null}
      {said(details, 'reason') ? ` · ${said(details, 'reason')}` : null}
    </div>
  );
}
