import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Page } from '../parts/page.tsx';

const route = getRouteApi('/services');

type Service = paths['/services']['get']['responses'][200]['content']['application/json']['items'][number];

/** The register: what must be recovered, and who answers for it. */
export function ServicesPage() {
  const { t } = useTranslation(['services', 'readiness']);
  const { after } = route.useSearch();
  const mayAdd = useCan()('service.write');
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/services', { params: { query: after ? { after } : {} } });
  return (
    <Page title={t('services:title')} actions={mayAdd ? <AddService /> : null}>
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
        empty={<NothingHere text={t('services:empty')}>{mayAdd ? <AddService /> : null}</NothingHere>}
      />
    </Page>
  );
}

function AddService() {
  const { t } = useTranslation('services');
  return (
    <LinkButton isPrimary to="/services/new">
      {t('entry.new')}
    </LinkButton>
  );
}
