import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import type { Exposure } from './backup-api.ts';

/** What is wrong with how often the points of a set are read. */
export function ExposureWarnings({ exposure }: { readonly exposure: Exposure }) {
  const { t } = useTranslation('backups');
  if (exposure.presentCount === 0) return <>{t('exposure.nothing')}</>;
  if (exposure.warnings.length === 0) return <Mark tone="good">{t('exposure.inTime')}</Mark>;
  return (
    <>
      {exposure.warnings.map(({ kind }) => (
        <div key={kind} className="backups-reason">
          <Mark tone="warn">{t(`warning.${kind}.short`)}</Mark> {t(`warning.${kind}.text`)}
        </div>
      ))}
    </>
  );
}
