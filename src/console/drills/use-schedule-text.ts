import { useTranslation } from 'react-i18next';
import type { DrillDetail } from './drill-data.ts';

/** Says in words when a drill runs by itself. */
export function useScheduleText(): (schedule: DrillDetail['schedule']) => string {
  const { t } = useTranslation('drills');
  return (schedule) => {
    if (!schedule) return t('definitions.onlyByHand');
    const { cron, surprise, zone } = schedule;
    if (!surprise) return t('schedule.cron', { cron, zone });
    const every = t(`every.${surprise.every as 'week' | 'month' | 'quarter'}`);
    return t('schedule.surprise', { every, from: surprise.from, until: surprise.until, zone });
  };
}
