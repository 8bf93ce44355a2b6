import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Bullet } from '../parts/bullet.tsx';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Readiness } from './readiness.ts';

/** Whether a service is proven, and how its last recovery time stands against the target. */
export function ProofFacts({ proof }: Pick<Readiness, 'proof'>) {
  const { t } = useTranslation('readiness');
  const { language } = usePreferences();
  const { lastRun, proven, until, rtoSeconds } = proof;
  const rto = formatSeconds(rtoSeconds, language);
  if (!lastRun) {
    return (
      <>
        <Mark tone="warn">{t('notProven')}</Mark>
        <p className="quiet">{t('noRun')}</p>
        <p className="measured">
          <span>
            {t('rto')} <strong>{rto}</strong>
          </span>
        </p>
      </>
    );
  }
  const rta = lastRun.technicalRtaSeconds;
  const words = t('rtaOfRto', { rta: rta === null ? t('rtaNotMeasured') : formatSeconds(rta, language), rto });
  return (
    <>
      <Mark tone={proven ? 'good' : 'warn'}>{proven ? t('proven') : t('notProven')}</Mark>
      {until ? (
        <span className="quiet">
          {' '}
          {t('until')} <Moment at={until} />
        </span>
      ) : null}
      <Bullet value={rta} target={rtoSeconds} label={`${t('rta')}: ${words}`} />
      <p className="measured">
        <span>{t('rta')}</span> <strong>{words}</strong>
      </p>
      <p className="measured quiet">
        <ThingLink kind="drill-run" id={lastRun.id}>
          {t('lastRun')}
        </ThingLink>
        <Moment at={lastRun.finishedAt} />
      </p>
    </>
  );
}
