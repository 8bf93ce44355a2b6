import { useTranslation } from 'react-i18next';
import { DutyRoleWords } from '../alerts/duty-role-words.tsx';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { type PlanReadiness, REFRESH_MS } from './response-data.ts';

/** What a plan needs against what is there now. */
export function PlanNeeds({ id }: { readonly id: string }) {
  const { t } = useTranslation('response');
  const query = $api.useQuery(
    'get',
    '/response-plans/{id}/readiness',
    { params: { path: { id } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <Section title={t('plan.readiness')}>
      <Loaded query={query}>
        {(readiness) => (
          <>
            <p>
              <Mark tone={readiness.ready ? 'good' : 'bad'}>
                {readiness.ready ? t('plan.ready') : t('plan.notReady')}
              </Mark>{' '}
              <span className="quiet">
                {t('plan.checked')} <Moment at={readiness.checkedAt} />
              </span>
            </p>
            <Roles roles={readiness.roles} />
            <Things readiness={readiness} />
            <Backups backups={readiness.backups} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Roles({ roles }: { readonly roles: PlanReadiness['roles'] }) {
  const { t } = useTranslation('response');
  return (
    <ul className="response-list" aria-label={t('plan.roles')}>
      {roles.map(({ role, steps, ready, holders, reason }) => (
        <li key={steps.join()}>
          <Mark tone={ready ? 'good' : 'bad'}>
            <DutyRoleWords role={role} />
          </Mark>{' '}
          {holders.map(({ name }) => name).join(', ')}{' '}
          <span className="quiet">{t('plan.ofSteps', { steps: steps.join(', ') })}</span>
          {reason ? <div>{reason}</div> : null}
        </li>
      ))}
    </ul>
  );
}

function Things({ readiness }: { readonly readiness: PlanReadiness }) {
  const { t } = useTranslation('response');
  const spares = readiness.spares.map((spare) => ({ ...spare, what: spare.kind }));
  const seats = readiness.seats.map((seat) => ({ ...seat, what: 'product' as const }));
  return (
    <ul className="response-list" aria-label={t('plan.things')}>
      {[...spares, ...seats].map(({ what, id, name, needed, available, ready, reason }) => (
        <li key={`${what} ${id}`}>
          <Mark tone={ready ? 'good' : 'bad'}>{t('plan.have', { available, needed })}</Mark>{' '}
          {what === 'device-model' ? (
            name
          ) : (
            <ThingLink kind={what} id={id}>
              {name}
            </ThingLink>
          )}{' '}
          <span className="quiet">{t(`plan.kinds.${what}`)}</span>
          {reason ? <div>{reason}</div> : null}
        </li>
      ))}
    </ul>
  );
}

function Backups({ backups }: { readonly backups: PlanReadiness['backups'] }) {
  const { t } = useTranslation('response');
  const { language } = usePreferences();
  return (
    <ul className="response-list" aria-label={t('plan.backups')}>
      {backups.map(({ id, name, youngerThanSeconds, ageSeconds, ready, reason }) => (
        <li key={id}>
          <Mark tone={ready ? 'good' : 'bad'}>
            {ageSeconds === null ? t('plan.noSound') : t('plan.soundAge', { age: formatSeconds(ageSeconds, language) })}
          </Mark>{' '}
          <ThingLink kind="backup-set" id={id}>
            {name}
          </ThingLink>{' '}
          <span className="quiet">{t('plan.younger', { age: formatSeconds(youngerThanSeconds, language) })}</span>
          {reason ? <div>{reason}</div> : null}
        </li>
      ))}
    </ul>
  );
}
