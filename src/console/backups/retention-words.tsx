import { useTranslation } from 'react-i18next';
import type { BackupSet } from './backup-api.ts';

const SPANS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

interface RetentionWordsProps {
  readonly retention: BackupSet['retention'];
  /** Muster takes the points itself, so that it removes them as well. */
  readonly own: boolean;
}

/** What is kept of a set, in words. */
export function RetentionWords({ retention, own }: RetentionWordsProps) {
  const { t } = useTranslation('backups');
  const spans = SPANS.filter((span) => retention[span] > 0).map((span) =>
    t(`retentionSpan.${span}`, { count: retention[span] }),
  );
  const kept = [t('retentionSpan.minimum', { count: retention.minimumCopies }), ...spans].join(t('listSeparator'));
  return (
    <>
      {kept} ({t(own ? 'retentionIs.carriedOut' : 'retentionIs.advice')})
    </>
  );
}
