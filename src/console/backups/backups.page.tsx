import { getRouteApi } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { Page } from '../parts/page.tsx';
import { RepositoryList } from './repository-list.tsx';
import { SetList } from './set-list.tsx';

const route = getRouteApi('/backups');

export function BackupsPage() {
  const { t } = useTranslation('backups');
  const { tab = 'sets', after } = route.useSearch();
  const can = useCan();
  const navigate = route.useNavigate();
  const onPage = (next: string | undefined) => void navigate({ search: (old) => ({ ...old, after: next }) });
  return (
    <Page title={t('title')} actions={can('backup.write') ? <Add tab={tab} /> : null}>
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

/** What can be added to the list that is shown. */
function Add({ tab }: { readonly tab: 'sets' | 'repositories' }) {
  const { t } = useTranslation('backups');
  if (tab === 'repositories') {
    return (
      <LinkButton isPrimary to="/backups/repositories/new">
        {t('repositoryEntry.new')}
      </LinkButton>
    );
  }
  return (
    <>
      <LinkButton to="/backups/sets/new">{t('setEntry.new')}</LinkButton>
      <LinkButton isPrimary to="/backups/captured-sets/new">
        {t('captureEntry.new')}
      </LinkButton>
    </>
  );
}
