import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Bullet } from '../parts/bullet.tsx';
import { formatBytes, formatSeconds } from '../parts/format.ts';
import { Section } from '../parts/section.tsx';
import { isLive, type RunDetail, recoverSeconds } from './drill-data.ts';
import { Gantt } from './gantt.tsx';
import { useNow } from './use-now.ts';
import type { RunStream } from './use-run-events.ts';

interface RunProgressProps {
  readonly run: RunDetail;
  readonly stream: RunStream;
}

/** Where a run is: the time so far against its target, and its phases as they grow. */
export function RunProgress({ run, stream }: RunProgressProps) {
  const { t } = useTranslation('drills');
  const live = isLive(run);
  const nowMs = useNow(live) + stream.skewMs;
  const elapsedSeconds = live ? Math.max(0, (nowMs - Date.parse(run.triggeredAt)) / 1000) : run.progress.seconds;
  return (
    <Section title={t(live ? 'live.title' : 'live.phases')}>
      {live && stream.isLost ? <Alert type="warning" showIcon title={t('live.lost')} /> : null}
      {live ? <Elapsed run={run} seconds={elapsedSeconds} /> : null}
      {live ? <Standing run={run} /> : null}
      <Gantt run={run} elapsedSeconds={elapsedSeconds} nowMs={nowMs} />
    </Section>
  );
}

function Elapsed({ run, seconds }: { readonly run: RunDetail; readonly seconds: number }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const target = recoverSeconds(run);
  const whole = Math.floor(seconds);
  if (target === undefined) {
    return (
      <p className="drill-elapsed">
        {t('live.elapsed')} <strong>{formatSeconds(whole, language)}</strong> · {t('live.noTarget')}
      </p>
    );
  }
  const isOver = whole > target;
  const time = formatSeconds(Math.abs(target - whole), language);
  return (
    <div className="drill-elapsed">
      <p>
        {t('live.elapsed')} <strong>{formatSeconds(whole, language)}</strong>{' '}
        {t('live.of', { target: formatSeconds(target, language) })}
      </p>
      <Bullet value={seconds} target={target} />
      <p className={isOver ? 'drill-bad' : undefined}>{t(isOver ? 'live.over' : 'live.left', { time })}</p>
    </div>
  );
}

function Standing({ run: { progress, phases } }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const { phase, waitsFor, etaSeconds, bytesDone, bytesTotal, bytesPerSecond } = progress;
  const detail = phases.find((one) => one.phase === phase)?.detail;
  return (
    <>
      <p aria-live="polite">
        {waitsFor === null ? null : t('live.waits', { what: waitsFor })}
        {phase === null ? null : t('live.phase', { phase: t(`phase.${phase}`) })}
        {detail ? ` · ${detail}` : null}
      </p>
      {bytesDone !== null && bytesTotal !== null && bytesPerSecond !== null ? (
        <p>
          {t('live.bytes', {
            done: formatBytes(bytesDone),
            total: formatBytes(bytesTotal),
            rate: formatBytes(bytesPerSecond),
          })}
        </p>
      ) : null}
      {etaSeconds === null ? null : <p>{t('live.eta', { time: formatSeconds(Math.ceil(etaSeconds), language) })}</p>}
    </>
  );
}
