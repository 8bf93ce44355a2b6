import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { Capture } from './backup-api.ts';
import { RunProgress } from './run-progress.tsx';

const LOOK_AGAIN_MS = 2000;

interface CaptureTableProps {
  readonly setId: string;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** Every try to take a recovery point of a set, newest first. */
export function CaptureTable({ setId, after, onPage }: CaptureTableProps) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const query = $api.useQuery(
    'get',
    '/backup-sets/{id}/captures',
    { params: { path: { id: setId }, query: { limit: 25, ...(after ? { after } : {}) } } },
    { refetchInterval: LOOK_AGAIN_MS },
  );
  const columns: TableColumnsType<Capture> = [
    { title: t('capture.at'), key: 'at', render: (_, { startedAt }) => <Moment at={startedAt} /> },
    { title: t('capture.result'), key: 'result', render: (_, capture) => <CaptureResult capture={capture} /> },
    {
      title: t('capture.took'),
      key: 'took',
      render: (_, { startedAt, finishedAt }) =>
        finishedAt === null ? null : formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, language),
    },
    { title: t('capture.notes'), key: 'notes', render: (_, { notes }) => <Notes notes={notes} /> },
  ];
  return (
    <KeyedTable
      label={t('captures')}
      rowKey={({ id, attempt }) => `${id} ${attempt}`}
      {...{ query, columns, after, onPage }}
      empty={<NothingHere text={t('capture.none')} />}
    />
  );
}

function CaptureResult({ capture }: { readonly capture: Capture }) {
  const { t } = useTranslation('backups');
  const { state, progress, failure, pointId } = capture;
  if (state === 'running') return <RunProgress progress={progress} label={t('capture.progress')} />;
  if (state === 'failed') {
    return (
      <div className="backups-reason">
        <Mark tone="bad">{t('run.failed')}</Mark> {failure?.message}
      </div>
    );
  }
  return (
    <>
      <Mark tone="good">{t('capture.taken')}</Mark>{' '}
      {pointId ? (
        <Link to="/backups/points/$id" params={{ id: pointId }}>
          {t('point.one')}
        </Link>
      ) : null}
    </>
  );
}

function Notes({ notes }: Pick<Capture, 'notes'>) {
  const { t } = useTranslation('backups');
  if (notes.length === 0) return null;
  return (
    <ul className="dense-list backups-reason">
      {notes.map(({ kind, count, names }) => (
        <li key={kind} title={names.map(({ name, why }) => (why ? `${name}: ${why}` : name)).join('\n')}>
          {t(`note.${kind}`, { count })}
        </li>
      ))}
    </ul>
  );
}
