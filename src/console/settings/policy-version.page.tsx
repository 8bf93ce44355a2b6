import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PolicyTables } from './policy-tables.tsx';
import { SettingsPage } from './settings-page.tsx';
import './settings.css';

const route = getRouteApi('/settings/sla-policy/$version');

/** One version of the policy, as it was and will always be. */
export function PolicyVersionPage() {
  const { t } = useTranslation('settings');
  const { version } = route.useParams();
  const can = useCan();
  const path = { version: Number(version) };
  const query = $api.useQuery('get', '/sla-policy/versions/{version}', { params: { path } });
  return (
    <SettingsPage title={`${t('policy.title')}: ${t('policy.version', { version })}`}>
      <Loaded query={query}>{(policy) => <PolicyTables policy={policy} />}</Loaded>
      {can('audit.read') ? (
        <Link to="/audit" search={{ kind: 'sla-policy', id: version }}>
          {t('policy.changes')}
        </Link>
      ) : null}
    </SettingsPage>
  );
}
