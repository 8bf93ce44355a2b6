import { getRouteApi, Link } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { BackupSet } from './backup-api.ts';
import { CaptureTable } from './capture-table.tsx';
import { CheckTable } from './check-table.tsx';
import { PingTokens } from './ping-tokens.tsx';
import { PointTable } from './point-table.tsx';
import { ReportTable } from './report-table.tsx';
import { RetentionTable } from './retention-table.tsx';
import { useRunningChecks } from './running-checks.ts';
import { RunningList } from './running-list.tsx';
import { EditRetention, SetActions } from './set-actions.tsx';
import { SetFacts } from './set-facts.tsx';
import { TakeBackup } from './take-backup.tsx';
import './backups.css';

const route = getRouteApi('/backups/sets/$id');

export function SetPage() {
  const { t } = useTranslation('backups');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/backup-sets/{id}', { params: { path: { id } } });
  return (
    <Page
      title={query.data?.name ?? t('set.one')}
      trail={<Link to="/backups">{t('title')}</Link>}
      actions={
        query.data ? (
          <>
            <TakeBackup set={query.data} />
            <SetActions set={query.data} />
          </>
        ) : null
      }
    >
      <Loaded query={query}>{(set) => <SetContents set={set} />}</Loaded>
    </Page>
  );
}

function SetContents({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const running = useRunningChecks(set.repositoryId).filter(({ setId }) => setId === set.id);
  return (
    <>
      <Section title={t('state')}>
        <SetFacts set={set} />
      </Section>
      <RunningList checks={running} />
      <SetTabs set={set} />
    </>
  );
}

function SetTabs({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const { tab = 'points', after } = route.useSearch();
  const navigate = route.useNavigate();
  const paging = {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (old) => ({ ...old, after: next }) }),
  };
  const list = { setId: set.id, ...paging };
  const isTaken = set.kind !== 'external';
  return (
    <Tabs
      activeKey={tab}
      destroyOnHidden
      tabBarGutter={18}
      onChange={(key) => void navigate({ search: { tab: key as typeof tab } })}
      items={[
        { key: 'points', label: t('tab.points'), children: <SetPoints set={set} {...paging} /> },
        { key: 'checks', label: t('tab.checks'), children: <SetChecks {...list} /> },
        ...(isTaken ? [{ key: 'captures', label: t('tab.captures'), children: <CaptureTable {...list} /> }] : []),
        ...(set.kind === 'external'
          ? [
              { key: 'reports', label: t('tab.reports'), children: <ReportTable {...list} /> },
              { key: 'pings', label: t('tab.pings'), children: <PingTokens set={set} {...paging} /> },
            ]
          : []),
        {
          key: 'retention',
          label: t('tab.retention'),
          children: (
            <>
              <EditRetention set={set} />
              <RetentionTable {...list} />
            </>
          ),
        },
      ]}
    />
  );
}

function SetPoints({ set, ...paging }: { readonly set: BackupSet } & Paging) {
  const { removed } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <PointTable
      set={set}
      withRemoved={removed === 'shown'}
      onRemoved={(shown) => void navigate({ search: { tab: 'points', removed: shown ? 'shown' : undefined } })}
      {...paging}
    />
  );
}

interface Paging {
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

function SetChecks({ setId, after, onPage }: { readonly setId: string } & Paging) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/backup-sets/{id}/history', {
    params: { path: { id: setId }, query: { limit: 25, ...(after ? { after } : {}) } },
  });
  return <CheckTable {...{ query, after, onPage }} empty={t('check.noneInSet')} />;
}
