import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { DutyRoleWords } from './duty-role-words.tsx';
import type { ResponsePlan } from './plan-data.ts';

/** What is to be done, by whom, and within which time. */
export function PlanSteps({ steps }: Pick<ResponsePlan, 'steps'>) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  return (
    <ol className="ladder">
      {steps.map(({ text, limitSeconds, role }) => (
        <li key={text}>
          {text}{' '}
          <span className="quiet">
            <DutyRoleWords role={role} /> · {t('plan.within', { time: formatSeconds(limitSeconds, language) })}
          </span>
        </li>
      ))}
    </ol>
  );
}
