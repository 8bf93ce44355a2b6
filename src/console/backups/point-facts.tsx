import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatBytes, formatCount } from '../parts/format.ts';
import { Moment } from '../parts/moment.tsx';
import type { RecoveryPoint } from './backup-api.ts';
import { PointStateMark, VerdictMark } from './backup-marks.tsx';

/** One recovery point: what was found of it, and what it is. */
export function PointFacts({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const { verdictAt, verifiedLevel, readInFullAt, entries, fileCount, digest, digestOrigin } = point;
  const count = (value: number | null) => (value === null ? null : formatCount(value, language));
  return (
    <Facts
      facts={[
        [t('point.verdict'), <Verdict key="verdict" point={point} />],
        [t('point.checkedAt'), verdictAt && <Moment at={verdictAt} />],
        [t('point.level'), verifiedLevel && `${t(`level.${verifiedLevel}`)}: ${t(`levelText.${verifiedLevel}`)}`],
        [t('point.readInFull'), readInFullAt ? <Moment key="read" at={readInFullAt} /> : t('never')],
        [t('point.takenAt'), <Moment key="at" at={point.takenAt} />],
        [t('point.finishedAt'), <Moment key="finished" at={point.finishedAt} />],
        [t('point.size'), formatBytes(point.sizeBytes)],
        [t('point.method'), t(`method.${point.method}`)],
        [t('point.format'), point.format && <span className="code">{point.format}</span>],
        [t('point.files'), count(fileCount)],
        [t('point.entries'), count(entries)],
        [
          t('point.name'),
          <span key="name" className="code">
            {point.name}
          </span>,
        ],
        [t('point.digest'), digest && <span className="code">{digest}</span>],
        [t('point.digestOrigin'), digestOrigin && t(`digestOrigin.${digestOrigin}`)],
        [t('point.by'), t(point.own ? 'point.own' : 'point.foreign')],
      ]}
    />
  );
}

function Verdict({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const { verdict } = point;
  return (
    <>
      <VerdictMark verdict={verdict} /> <PointStateMark point={point} />
      {verdict === null ? null : <div className="backups-reason">{t(`verdictText.${verdict}`)}</div>}
    </>
  );
}
