import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { PHASE_TONES, type Phase, type RunDetail, recoverSeconds } from './drill-data.ts';

interface GanttProps {
  readonly run: RunDetail;
  /** Since the trigger. */
  readonly elapsedSeconds: number;
  /** By the server's clock. */
  readonly nowMs: number;
}

/** A target that lies this far behind what is shown would press the bars into nothing: it is named at the edge instead. */
const TARGET_IN_SIGHT = 3;

/** The phases of a run in their time since the trigger, and the line that they must not cross. */
export function Gantt({ run, elapsedSeconds, nowMs }: GanttProps) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const target = recoverSeconds(run);
  const shown = Math.max(elapsedSeconds, run.progress.expectedSeconds ?? 0, 1) * 1.05;
  const isInSight = target !== undefined && target <= shown * TARGET_IN_SIGHT;
  const span = isInSight ? Math.max(shown, target * 1.05) : shown;
  const time = target === undefined ? '' : formatSeconds(target, language);
  return (
    <div className="gantt">
      {target === undefined ? null : (
        <p className="gantt-target">{t(isInSight ? 'live.targetLine' : 'live.targetBeyond', { time })}</p>
      )}
      <ol aria-label={t('live.phases')}>
        {run.phases.map((phase) => (
          <Row key={phase.phase} phase={phase} run={run} span={span} nowMs={nowMs}>
            {isInSight ? (
              <span className="gantt-line" style={{ left: `${(target / span) * 100}%` }} aria-hidden="true" />
            ) : null}
          </Row>
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly phase: Phase;
  readonly run: RunDetail;
  /** Seconds that the whole width stands for. */
  readonly span: number;
  readonly nowMs: number;
  readonly children: React.ReactNode;
}

function Row({ phase, run, span, nowMs, children }: RowProps) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const { status, startedAt, seconds, expectedSeconds } = phase;
  const beganMs = startedAt === null ? null : Date.parse(startedAt);
  const took = seconds ?? (beganMs === null ? null : Math.max(0, (nowMs - beganMs) / 1000));
  const fromSeconds = beganMs === null ? 0 : Math.max(0, (beganMs - Date.parse(run.triggeredAt)) / 1000);
  const percent = (part: number) => `${Math.min(100, (part / span) * 100)}%`;
  return (
    <li className={`gantt-row ${status.replace(' ', '-')}`}>
      <span className="gantt-name">{t(`phase.${phase.phase}`)}</span>
      <span className="gantt-track" aria-hidden="true">
        {took === null ? null : (
          <span className="gantt-bar" style={{ left: percent(fromSeconds), width: percent(took) }} />
        )}
        {children}
      </span>
      <span className="gantt-said">
        <Mark tone={PHASE_TONES[status]}>{t(`phaseStatus.${status}`)}</Mark>{' '}
        {took === null ? null : formatSeconds(status === 'running' ? Math.floor(took) : took, language)}
        {status === 'not reached' && expectedSeconds !== null ? (
          <span className="drill-soft">{t('live.expected', { time: formatSeconds(expectedSeconds, language) })}</span>
        ) : null}
      </span>
    </li>
  );
}
