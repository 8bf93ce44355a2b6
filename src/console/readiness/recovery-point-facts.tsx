import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Bullet } from '../parts/bullet.tsx';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Readiness, RecoveryPointRow } from './readiness.ts';

/** Of each backup set of a service: how old its newest sound data is, against what is promised. */
export function RecoveryPointFacts({ recoveryPoints }: Pick<Readiness, 'recoveryPoints'>) {
  const { t } = useTranslation('readiness');
  if (recoveryPoints.length === 0) return <p className="quiet">{t('noSets')}</p>;
  return (
    <ul className="plain">
      {recoveryPoints.map((row) => (
        <li key={row.set.id}>
          <RecoveryPointFact row={row} />
        </li>
      ))}
    </ul>
  );
}

function RecoveryPointFact({ row }: { readonly row: RecoveryPointRow }) {
  const { t } = useTranslation('readiness');
  const { language } = usePreferences();
  const { set, freshness, newestSound, rpoSeconds, last } = row;
  if (set.name === null) return <Mark tone="bad">{t('unknownSet')}</Mark>;
  const rpo = formatSeconds(rpoSeconds, language);
  const age = newestSound && formatSeconds(newestSound.ageSeconds, language);
  return (
    <>
      <ThingLink kind="backup-set" id={set.id}>
        {set.name}
      </ThingLink>{' '}
      <Mark tone={freshness === 'fresh' ? 'good' : 'bad'}>{freshness === 'fresh' ? t('fresh') : t('stale')}</Mark>
      {newestSound && age ? (
        <>
          <Bullet value={newestSound.ageSeconds} target={rpoSeconds} label={t('ageOfRpo', { age, rpo })} />
          <p className="measured">
            <strong>
              <ThingLink kind="recovery-point" id={newestSound.id}>
                {t('age', { age })}
              </ThingLink>
            </strong>
            <span>{t('rpo', { rpo })}</span>
          </p>
        </>
      ) : (
        <p className="measured">
          <Mark tone="bad">{t('noSound')}</Mark> <span>{t('rpo', { rpo })}</span>
        </p>
      )}
      {last && last.verdict !== 'sound' ? (
        <p className="measured">
          <ThingLink kind="recovery-point" id={last.pointId}>
            {t('last')}
          </ThingLink>{' '}
          <Mark tone={last.verdict === null ? 'warn' : 'bad'}>
            {t(`verdict.${(last.verdict ?? 'unchecked') as 'unchecked'}`)}
          </Mark>
        </p>
      ) : null}
    </>
  );
}
