import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Bullet } from '../parts/bullet.tsx';
import { Facts } from '../parts/facts.tsx';
import { formatBytes, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { REFRESH_MS } from '../readiness/readiness.ts';
import { MusterDrill } from './muster-drill.tsx';
import type { Overview } from './overview.ts';

/** What Muster can prove of itself: its newest backup, its last own drill, and what to do next. */
export function MusterCard() {
  const { t } = useTranslation('home');
  const query = $api.useQuery('get', '/overview', {}, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('muster.title')}>
      <Loaded query={query}>
        {(overview) => (
          <>
            <Answer overview={overview} />
            <h3>{t('muster.backup')}</h3>
            <Backup overview={overview} />
            <h3>{t('muster.drill')}</h3>
            {overview.report && overview.run ? (
              <MusterDrill report={overview.report} runId={overview.run.id} />
            ) : (
              <p>{t('muster.noDrill')}</p>
            )}
            <h3>{t('muster.next')}</h3>
            <Next overview={overview} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Answer({ overview: { report, run } }: { readonly overview: Overview }) {
  const { t } = useTranslation(['home', 'readiness']);
  const { language } = usePreferences();
  if (!report) {
    return (
      <p>
        {t('home:muster.question')} <Mark tone="warn">{t('home:muster.notAssessed')}</Mark>
        {run ? ` · ${t('home:muster.state', { status: t(`readiness:runStatus.${run.status}`) })}` : null}
      </p>
    );
  }
  const { headline, verdicts, policyNotice, warnings } = report;
  const { technicalRtaSeconds: rta, rtoSeconds: rto, result } = headline;
  const words = t('home:muster.rta', {
    rta: rta === null ? t('home:muster.unknown') : formatSeconds(rta, language),
    rto: rto === null ? t('home:muster.unknown') : formatSeconds(rto, language),
  });
  const outcome = verdicts.procedure.outcome;
  return (
    <>
      <p>
        {t('home:muster.question')} <Mark tone={TONES[outcome]}>{t(`home:muster.${WORDS[outcome]}`)}</Mark>{' '}
        <Mark tone={result === 'met' ? 'good' : result === 'missed' ? 'bad' : 'quiet'}>
          {t(`home:muster.${result}`)}
        </Mark>
      </p>
      {rto === null ? null : <Bullet value={rta} target={rto} label={words} />}
      <p>{words}</p>
      {policyNotice ? <p className="quiet">{sentence(policyNotice)}</p> : null}
      {warnings.map((warning) => (
        <p key={warning} className="quiet">
          {warning}
        </p>
      ))}
    </>
  );
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const TONES = { passed: 'good', failed: 'bad', 'not assessed': 'warn' } as const;
const WORDS = { passed: 'proven', failed: 'failed', 'not assessed': 'notAssessed' } as const;

function Backup({ overview: { set, point, selfTest } }: { readonly overview: Overview }) {
  const { t } = useTranslation(['home', 'readiness']);
  if (!point) return <p>{t('home:muster.noPoint', { set: set.name })}</p>;
  const verdict = point.verdict ?? 'unchecked';
  return (
    <Facts
      facts={[
        [
          t('home:muster.point'),
          <Fragment key="point">
            <Code text={point.name} />, {t('home:muster.dataOf')} <Moment at={point.takenAt} />{' '}
            <Mark tone={point.verdict === 'sound' ? 'good' : point.verdict === null ? 'warn' : 'bad'}>
              {t(`readiness:verdict.${verdict as 'unchecked'}`)}
            </Mark>
          </Fragment>,
        ],
        [t('home:muster.size'), formatBytes(point.sizeBytes)],
        [t('home:muster.digest'), <Code key="digest" text={point.digest ?? t('home:muster.unreadable')} />],
        [t('home:muster.read'), <When key="read" at={point.readInFullAt} never={t('home:muster.notYet')} />],
        [t('home:muster.selfTest'), selfTest?.summary ?? t('home:muster.notTried')],
      ]}
    />
  );
}

function Next({ overview: { nextBackupAt, nextDrillAt, nextThings } }: { readonly overview: Overview }) {
  const { t } = useTranslation('home');
  return (
    <>
      <Facts
        facts={[
          [t('muster.nextBackup'), <When key="backup" at={nextBackupAt} never={t('muster.notScheduled')} />],
          [t('muster.nextDrill'), <When key="drill" at={nextDrillAt} never={t('muster.notScheduled')} />],
        ]}
      />
      <h3>{t('muster.doNext')}</h3>
      <ol>
        {nextThings.map((thing) => (
          <li key={thing}>{thing}</li>
        ))}
      </ol>
      <a href="/api/docs">{t('muster.reference')}</a>
    </>
  );
}

function Code({ text }: { readonly text: string }) {
  return <span className="code">{text}</span>;
}

function When({ at, never }: { readonly at: string | null; readonly never: string }) {
  return at === null ? never : <Moment at={at} />;
}
