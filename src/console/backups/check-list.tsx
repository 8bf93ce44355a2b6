import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatBytes, formatCount, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { Check, Finding } from './backup-api.ts';
import { CheckMark } from './backup-marks.tsx';
import { FindingList } from './finding-list.tsx';

interface CheckListProps {
  readonly pointId: string;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** The checks of a recovery point, newest first, each with what it found. */
export function CheckList({ pointId, after, onPage }: CheckListProps) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/recovery-points/{id}/checks', {
    params: { path: { id: pointId }, query: { limit: 10, ...(after ? { after } : {}) } },
  });
  return (
    <Loaded query={query}>
      {({ items, next }) =>
        items.length === 0 ? (
          <NothingHere text={t('check.none')} />
        ) : (
          <>
            <ol className="checks-list">
              {items.map((check) => (
                <li key={`${check.id} ${check.attempt}`}>
                  <CheckEntry check={check} />
                </li>
              ))}
            </ol>
            <div className="form-actions no-print">
              {after ? <Button onClick={() => onPage(undefined)}>{t('check.newest')}</Button> : null}
              {next ? <Button onClick={() => onPage(next)}>{t('check.older')}</Button> : null}
            </div>
          </>
        )
      }
    </Loaded>
  );
}

function CheckEntry({ check }: { readonly check: Check }) {
  const { t } = useTranslation('backups');
  const findings = check.findings as unknown as readonly Finding[];
  return (
    <>
      <div className="check-head">
        <CheckMark check={check} />
        <Moment at={check.startedAt} />
        <span className="backups-quiet">{t(`reason.${check.reason}`)}</span>
        {check.level ? <span>{t(`level.${check.level}`)}</span> : null}
      </div>
      {check.state === 'running' ? null : <CheckFigures check={check} />}
      {check.failure ? <p>{check.failure.message}</p> : null}
      {check.selfTest ? (
        <p className="backups-quiet">{t('check.selfTest', { summary: check.selfTest.summary })}</p>
      ) : null}
      <FindingList findings={findings} />
    </>
  );
}

function CheckFigures({ check }: { readonly check: Check }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const { filesChecked, entriesChecked, bytesRead, startedAt, finishedAt } = check;
  const figures = [
    filesChecked === null ? null : t('check.files', { figure: formatCount(filesChecked, language) }),
    entriesChecked === null ? null : t('check.entries', { figure: formatCount(entriesChecked, language) }),
    bytesRead === null ? null : t('check.bytes', { figure: formatBytes(bytesRead) }),
    finishedAt === null
      ? null
      : t('check.seconds', {
          figure: formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, language),
        }),
  ].filter((figure) => figure !== null);
  return figures.length > 0 ? <div className="backups-quiet">{figures.join(' · ')}</div> : null;
}
