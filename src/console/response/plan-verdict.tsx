import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LevelMark } from '../alerts/level-mark.tsx';
import { Mark } from '../parts/mark.tsx';
import type { PlanReadiness } from './response-data.ts';

/** A plan by its name, whether it could be carried out now, and if not why. */
export function PlanVerdict({ readiness }: { readonly readiness: PlanReadiness }) {
  const { t } = useTranslation('response');
  const { plan, service, ready, reasons } = readiness;
  return (
    <div className="plan-verdict">
      <p>
        <Mark tone={ready ? 'good' : 'bad'}>{ready ? t('plan.ready') : t('plan.notReady')}</Mark>{' '}
        <Link to="/alerts/plans/$id" params={{ id: plan.id }}>
          {plan.name}
        </Link>{' '}
        <span className="quiet">
          <LevelMark level={plan.level} isOpen={false} /> · {service?.name ?? t('plan.everyService')}
        </span>
      </p>
      {reasons.length === 0 ? null : (
        <ul className="response-list">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
