import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import type { Fire, Schedule } from './schedule-data.ts';

const OUTCOME_TONES = {
  waiting: 'busy',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  unknown: 'warn',
} as const satisfies Record<NonNullable<Fire['outcome']>, Tone>;

/** What became of a slot, with the way to its job. */
export function FireOutcome({ fire: { state, outcome, jobId } }: { readonly fire: Fire }) {
  const { t } = useTranslation('settings');
  const mark =
    state !== 'fired' || outcome === null ? (
      <Mark tone={state === 'missed' ? 'bad' : 'quiet'}>{t(`fireState.${state}`)}</Mark>
    ) : (
      <Mark tone={OUTCOME_TONES[outcome]}>{t(`outcome.${outcome}`)}</Mark>
    );
  if (jobId === null) return mark;
  return (
    <Link to="/settings/jobs/$id" params={{ id: jobId }}>
      {mark}
    </Link>
  );
}

/** When a schedule is due next, or why nobody can say. */
export function NextFire({ schedule: { pausedAt, surprise, nextSlots } }: { readonly schedule: Schedule }) {
  const { t } = useTranslation('settings');
  const [next] = nextSlots;
  if (pausedAt !== null) return <Mark tone="warn">{t('paused')}</Mark>;
  if (surprise) return <Mark tone="quiet">{t('surprise')}</Mark>;
  return next ? <Moment at={next.at} /> : <Mark tone="warn">{t('never')}</Mark>;
}

/** Whether the reader may pause, run and change schedules. */
export const useMayOperate = (): boolean => useCan()('schedule.operate');
