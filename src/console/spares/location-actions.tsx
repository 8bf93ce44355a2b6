import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { Location } from './words.ts';

/** What can be done with a location: add one inside, take pieces in, change it, take it out of use. */
export function LocationActions({ location }: { readonly location: Location }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  const { id, version, kind } = location;
  const retire = useWrite((reason: string, header) =>
    api.POST('/locations/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (location.retired || !can('inventory.write')) return null;
  return (
    <div className="row-actions list-actions">
      <LinkButton to="/spares/receive" search={{ at: id }}>
        {t('spares:locationEntry.receive')}
      </LinkButton>
      {kind === 'bin' ? null : (
        <LinkButton to="/spares/locations/new" search={{ in: id }}>
          {t('spares:locationEntry.inside')}
        </LinkButton>
      )}
      <LinkButton to="/spares/locations/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('spares:locationEntry.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </div>
  );
}
