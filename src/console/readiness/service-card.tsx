import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { ConclusionMark } from './conclusion-mark.tsx';
import { AlertFacts, ClockFacts } from './open-facts.tsx';
import { ProofFacts } from './proof-facts.tsx';
import type { Readiness } from './readiness.ts';
import { ReasonList } from './reason-list.tsx';
import { RecoveryPointFacts } from './recovery-point-facts.tsx';
import { ResourceFacts } from './resource-facts.tsx';

/** Reasons that a card names; the page of the service has them all. */
const REASONS_MAX = 4;

/** One service: could it be recovered now, and what the answer rests on. */
export function ServiceCard({ readiness }: { readonly readiness: Readiness }) {
  const { t } = useTranslation('readiness');
  const { service, conclusion, reasons } = readiness;
  const id = useId();
  return (
    <article className="section" aria-labelledby={id}>
      <div className="readiness-head">
        <h3 id={id}>
          <Link to="/services/$id" params={{ id: service.id }}>
            {service.name}
          </Link>
        </h3>
        <ConclusionMark conclusion={conclusion} />
        <span className="quiet">
          {t(`severity.${service.criticality}`)} · {t('owner')} {service.owner.name}
        </span>
      </div>
      <ReasonList reasons={reasons} limit={REASONS_MAX} />
      <div className="readiness-parts">
        <Part title={t('proof')}>
          <ProofFacts proof={readiness.proof} />
        </Part>
        <Part title={t('points')}>
          <RecoveryPointFacts recoveryPoints={readiness.recoveryPoints} />
        </Part>
        <Part title={t('resources')}>
          <ResourceFacts resources={readiness.resources} criticality={service.criticality} />
        </Part>
        <Part title={t('open')}>
          <AlertFacts alerts={readiness.alerts} />
          <ClockFacts clocks={readiness.clocks} />
        </Part>
      </div>
    </article>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="readiness-part">
      <h4>{title}</h4>
      {children}
    </section>
  );
}
