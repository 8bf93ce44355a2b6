import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { DutyRoleWords } from './duty-role-words.tsx';
import type { PlanReadiness } from './plan-data.ts';

/** Everything that a plan needs, one after the other, against what is there at this moment. */
export function PlanNeeds({ readiness }: { readonly readiness: PlanReadiness }) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  const { ready, checkedAt, roles, spares, seats, backups } = readiness;
  return (
    <>
      <p>
        <Mark tone={ready ? 'good' : 'bad'}>{ready ? t('plan.readyNow') : t('plan.notReadyNow')}</Mark>{' '}
        <span className="quiet">
          <Moment at={checkedAt} />
        </span>
      </p>
      <ul className="plain">
        {roles.map((need) => (
          <Need key={JSON.stringify(need.role)} need={need}>
            <DutyRoleWords role={need.role} />
            {need.holders.length > 0 ? `: ${need.holders.map(({ name }) => name).join(t('ladder.and'))}` : null}
          </Need>
        ))}
        {spares.map((need) => (
          <Need key={need.id} need={need}>
            {need.kind === 'part' ? (
              <ThingLink kind="part" id={need.id}>
                {need.name}
              </ThingLink>
            ) : (
              need.name
            )}{' '}
            · {t('plan.ofNeeded', { available: need.available, needed: need.needed })}
          </Need>
        ))}
        {seats.map((need) => (
          <Need key={need.id} need={need}>
            <ThingLink kind="product" id={need.id}>
              {need.name}
            </ThingLink>{' '}
            · {t('plan.seatsOfNeeded', { available: need.available, needed: need.needed })}
          </Need>
        ))}
        {backups.map((need) => (
          <Need key={need.id} need={need}>
            <ThingLink kind="backup-set" id={need.id}>
              {need.name}
            </ThingLink>{' '}
            · {t('plan.younger', { time: formatSeconds(need.youngerThanSeconds, language) })}
            {need.newestSoundAt ? (
              <>
                {' '}
                · {t('plan.newest')} <Moment at={need.newestSoundAt} />
              </>
            ) : null}
          </Need>
        ))}
      </ul>
    </>
  );
}

interface NeedProps {
  readonly need: { readonly ready: boolean; readonly reason: string | null };
  readonly children: ReactNode;
}

function Need({ need, children }: NeedProps) {
  const { t } = useTranslation('alerts');
  return (
    <li>
      <Mark tone={need.ready ? 'good' : 'bad'}>{need.ready ? t('plan.there') : t('plan.missing')}</Mark> {children}
      {need.reason ? <div className="quiet">{need.reason}</div> : null}
    </li>
  );
}
