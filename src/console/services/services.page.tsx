import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';

const route = getRouteApi('/services');

type Service = paths['/services']['get']['responses'][200]['content']['application/json']['items'][number];

/** The register: what must be recovered, and who answers for it. */
export function ServicesPage() {
  const { t } = useTranslation(['services', 'readiness']);
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/services', { params: { query: after ? { after } : {} } });
  return (
    <Page title={t('services:title')}>
      <KeyedTable<Service>
        query={query}
        label={t('services:title')}
        rowKey={({ id }) => id}
        after={after}
        onPage={(page) => void navigate({ search: { after: page } })}
        columns={[
          {
            title: t('services:columns.name'),
            render: (_, { id, name }) => (
              <Link to="/services/$id" params={{ id }}>
                {name}
              </Link>
            ),
          },
          {
            title: t('services:columns.criticality'),
            render: (_, { criticality }) => t(`readiness:severity.${criticality}`),
          },
          { title: t('services:columns.owner'), render: (_, { owner }) => owner.name },
          { title: t('services:columns.customer'), dataIndex: 'customer' },
        ]}
        empty={
          <NothingHere text={t('services:empty')}>
            <a href="/api/docs#createService">{t('services:how')}</a>
          </NothingHere>
        }
      />
    </Page>
  );
}
