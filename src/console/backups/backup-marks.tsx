import { useTranslation } from 'react-i18next';
import { Mark, type Tone } from '../parts/mark.tsx';
import type { BackupSet, Check, RecoveryPoint, Repository, Verdict } from './backup-api.ts';

/** How bad a verdict is; what was never checked is neither good nor bad. */
export const TONE_OF_VERDICT: Record<Verdict, Tone> = {
  sound: 'good',
  suspect: 'warn',
  unverifiable: 'warn',
  damaged: 'bad',
  altered: 'bad',
  hostile: 'bad',
  missing: 'bad',
};

/** What the last check said of a point. */
export function VerdictMark({ verdict }: { readonly verdict: Verdict | null }) {
  const { t } = useTranslation('backups');
  if (verdict === null) return <Mark tone="quiet">{t('neverChecked')}</Mark>;
  return <Mark tone={TONE_OF_VERDICT[verdict]}>{t(`verdict.${verdict}`)}</Mark>;
}

/** What came of a check, or that it runs. */
export function CheckMark({ check }: { readonly check: Pick<Check, 'state' | 'verdict'> }) {
  const { t } = useTranslation('backups');
  if (check.state === 'running') return <Mark tone="busy">{t('run.running')}</Mark>;
  if (check.state === 'failed') return <Mark tone="bad">{t('run.failed')}</Mark>;
  return <VerdictMark verdict={check.verdict} />;
}

/** Whether a set has a sound point that is young enough. */
export function FreshnessMark({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  if (set.retired) return <Mark tone="quiet">{t('retired')}</Mark>;
  return <Mark tone={set.freshness === 'fresh' ? 'good' : 'bad'}>{t(`freshness.${set.freshness}`)}</Mark>;
}

/** Whether a repository can be read. */
export function RepositoryMark({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation('backups');
  if (repository.retired) return <Mark tone="quiet">{t('retired')}</Mark>;
  return repository.unavailable ? (
    <Mark tone="bad">{t('repository.unavailable')}</Mark>
  ) : (
    <Mark tone="good">{t('repository.available')}</Mark>
  );
}

/** Where a point is in its life; nothing for one that simply lies there. */
export function PointStateMark({ point }: { readonly point: Pick<RecoveryPoint, 'state'> }) {
  const { t } = useTranslation('backups');
  if (point.state === 'present') return null;
  return <Mark tone={point.state === 'missing' ? 'bad' : 'quiet'}>{t(`pointState.${point.state}`)}</Mark>;
}
