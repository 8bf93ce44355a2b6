import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { bodyOfService, NEW_SERVICE, type Service, ServiceFields, valuesOfService } from './service-form.tsx';

type ServiceBody = ReturnType<typeof bodyOfService>;

/** Adds a service to the register; its page says at once whether it could be recovered. */
export function NewServicePage() {
  const { t } = useTranslation('services');
  const navigate = useNavigate();
  const add = useWrite((body: ServiceBody, header) => api.POST('/services', { body, params: { header } }));
  return (
    <Page title={t('entry.new')} trail={<Link to="/services">{t('all')}</Link>}>
      <Section title={t('entry.facts')}>
        <EntryForm
          initial={NEW_SERVICE}
          bodyOf={bodyOfService}
          {...add}
          submitText={t('entry.add')}
          onSubmit={async ({ body }) => {
            const { id } = await add.write(body);
            await navigate({ to: '/services/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/services' })}
        >
          <ServiceFields />
        </EntryForm>
      </Section>
    </Page>
  );
}

const route = getRouteApi('/services/$id/edit');

/** Changes what is said about a service, and what its recovery needs. */
export function EditServicePage() {
  const { t } = useTranslation('services');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/services/{id}', { params: { path: { id } } });
  return (
    <Page title={t('entry.edit', { name: query.data?.name ?? '' })} trail={<Link to="/services">{t('all')}</Link>}>
      <Loaded query={query}>{(service) => <EditService service={service} />}</Loaded>
    </Page>
  );
}

function EditService({ service }: { readonly service: Service }) {
  const { t } = useTranslation(['services', 'parts']);
  const navigate = useNavigate();
  const { id, version } = service;
  const change = useWrite(({ changed, version: base }: Entry<ServiceBody>, header) =>
    api.PATCH('/services/{id}', { body: changed, params: { path: { id }, header: { ...header, ...ifMatch(base) } } }),
  );
  const back = () => navigate({ to: '/services/$id', params: { id } });
  return (
    <Section title={t('services:entry.facts')}>
      <EntryForm
        initial={valuesOfService(service)}
        version={version}
        bodyOf={bodyOfService}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <ServiceFields service={service} />
      </EntryForm>
    </Section>
  );
}
