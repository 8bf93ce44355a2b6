import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';

/** Changes a service, or takes it out of use; Muster itself stays. */
export function ServiceActions({ id }: { readonly id: string }) {
  const { t } = useTranslation(['services', 'parts']);
  const can = useCan();
  const path = { id };
  const service = $api.useQuery('get', '/services/{id}', { params: { path } }).data;
  const retire = useWrite((reason: string, header) =>
    api.POST('/services/{id}/retire', {
      body: { reason },
      params: { path, header: { ...header, ...ifMatch(service?.version ?? 0) } },
    }),
  );
  if (!service || service.retired || !can('service.write')) return null;
  return (
    <>
      <LinkButton to="/services/$id/edit" params={path}>
        {t('parts:form.edit')}
      </LinkButton>
      {service.system ? null : (
        <ReasonButton
          danger
          label={t('parts:form.retire')}
          text={t('services:entry.retireText')}
          write={retire}
          onConfirm={(reason) => retire.write(reason)}
        />
      )}
    </>
  );
}
