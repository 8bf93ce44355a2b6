import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatMoment } from '../parts/format.ts';
import { Moment } from '../parts/moment.tsx';
import type { RecoveryPoint } from './backup-api.ts';
import { TONE_OF_VERDICT } from './backup-marks.tsx';
import './point-timeline.css';

const SIGNS = {
  good: CheckCircleFilled,
  bad: CloseCircleFilled,
  warn: ExclamationCircleFilled,
  quiet: MinusCircleOutlined,
  busy: MinusCircleOutlined,
} as const;

/** The points of a page on a line of time that ends now: gaps show, and what came of each by its sign. */
export function PointTimeline({ points }: { readonly points: readonly RecoveryPoint[] }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const oldest = points.at(-1);
  if (!oldest || points.length < 2) return null;
  const begin = Date.parse(oldest.takenAt);
  const span = Math.max(1, Date.now() - begin);
  return (
    <nav className="timeline" aria-label={t('point.timeline')}>
      <ol>
        {points.toReversed().map((point) => {
          const tone = point.verdict === null ? 'quiet' : TONE_OF_VERDICT[point.verdict];
          const Sign = SIGNS[tone];
          const verdict = point.verdict === null ? t('neverChecked') : t(`verdict.${point.verdict}`);
          const text = `${formatMoment(point.takenAt, language)}: ${verdict}`;
          return (
            <li key={point.id} style={{ left: `${((Date.parse(point.takenAt) - begin) / span) * 100}%` }}>
              <Link to="/backups/points/$id" params={{ id: point.id }} className={tone} aria-label={text} title={text}>
                <Sign aria-hidden="true" />
              </Link>
            </li>
          );
        })}
      </ol>
      <div className="timeline-ends">
        <Moment at={oldest.takenAt} />
        <span>{t('now')}</span>
      </div>
    </nav>
  );
}
