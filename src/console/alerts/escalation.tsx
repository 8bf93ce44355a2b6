import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { type Alert, REFRESH_MS } from './alert-data.ts';
import { DutyRoleWords } from './duty-role-words.tsx';

type Ladder =
  paths['/alerts/{id}/escalation']['get']['responses'][200]['content']['application/json']['ladders'][number];

/** Whom the alert goes to next, and the rungs of its ladder as they were when it began. */
export function Escalation({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const params = { path: { id: alert.id } };
  const query = $api.useQuery('get', '/alerts/{id}/escalation', { params }, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('ladder.title')}>
      <Loaded query={query}>
        {({ ladders: [newest] }) =>
          newest ? (
            <>
              <p>
                <Standing ladder={newest} />
              </p>
              <Rungs ladder={newest} />
            </>
          ) : (
            <p>{t('ladder.none')}</p>
          )
        }
      </Loaded>
    </Section>
  );
}

function Standing({ ladder }: { readonly ladder: Ladder }) {
  const { t } = useTranslation('alerts');
  const { endedAt, restsSince, nextDueAt } = ladder;
  if (endedAt) {
    return (
      <Mark tone="quiet">
        {t('ladder.ended')} <Moment at={endedAt} />
      </Mark>
    );
  }
  if (restsSince) {
    return (
      <Mark tone="busy">
        {t('ladder.rests')} <Moment at={restsSince} />
      </Mark>
    );
  }
  if (!nextDueAt) return <Mark tone="warn">{t('ladder.usedUp')}</Mark>;
  return (
    <Mark tone="warn">
      {t('ladder.next')} <Moment at={nextDueAt} />
    </Mark>
  );
}

function Rungs({ ladder }: { readonly ladder: Ladder }) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  return (
    <ol className="ladder">
      {ladder.rungs.map(({ afterSeconds, repeats, repeatEverySeconds, roles }) => (
        <li key={afterSeconds}>
          {afterSeconds === 0 ? t('ladder.atOnce') : t('ladder.after', { time: formatSeconds(afterSeconds, language) })}
          :{' '}
          {roles.map((role, index) => (
            <span key={JSON.stringify(role)}>
              {index > 0 ? t('ladder.and') : null}
              <DutyRoleWords role={role} />
            </span>
          ))}
          {repeats > 0 ? (
            <span className="quiet">
              {' · '}
              {t('ladder.repeats', { count: repeats, time: formatSeconds(repeatEverySeconds, language) })}
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
