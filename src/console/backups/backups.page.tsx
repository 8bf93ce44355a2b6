import { getRouteApi } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { RepositoryList } from './repository-list.tsx';
import { SetList } from './set-list.tsx';

const route = getRouteApi('/backups');

export function BackupsPage() {
  const { t } = useTranslation('backups');
  const { tab = 'sets', after } = route.useSearch();
  const navigate = route.useNavigate();
  const onPage = (next: string | undefined) => void navigate({ search: (old) => ({ ...old, after: next }) });
  return (
    <Page title={t('title')}>
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => void navigate({ search: { tab: key as typeof tab } })}
        items={[
          { key: 'sets', label: t('sets'), children: <SetList after={after} onPage={onPage} /> },
          { key: 'repositories', label: t('repositories'), children: <RepositoryList after={after} onPage={onPage} /> },
        ]}
      />
    </Page>
  );
}
