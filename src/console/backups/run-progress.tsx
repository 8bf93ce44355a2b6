import { Progress as Bar } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatBytes, formatCount, formatSeconds } from '../parts/format.ts';
import type { Progress } from './backup-api.ts';

/** How far something is that reads or writes a backup, how fast, and how long it will take. */
export function RunProgress({ progress, label }: { readonly progress: Progress | null; readonly label: string }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  if (!progress) return <span>{t('run.begins')}</span>;
  const { unit, done, total, perSecond, etaSeconds } = progress;
  const amount = (value: number) => (unit === 'bytes' ? formatBytes(value) : formatCount(Math.round(value), language));
  const rate = unit === 'bytes' ? t('run.bytesPerSecond', { rate: formatBytes(perSecond) }) : null;
  const left =
    etaSeconds === null ? t('run.leftUnknown') : t('run.left', { time: formatSeconds(etaSeconds, language) });
  return (
    <div className="run-progress">
      <Bar
        percent={total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0}
        size="small"
        status="active"
        aria-label={label}
      />
      <span className="backups-quiet">
        {[t('run.of', { done: amount(done), total: amount(total) }), rate, left].filter(Boolean).join(' · ')}
      </span>
    </div>
  );
}
