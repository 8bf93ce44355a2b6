import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { Part } from './words.ts';

/** What can be done with a part: take pieces in, change it, take it out of use. */
export function PartActions({ part }: { readonly part: Part }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  const { id, version } = part;
  const retire = useWrite((reason: string, header) =>
    api.POST('/parts/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (part.retired || !can('inventory.write')) return null;
  return (
    <>
      <LinkButton isPrimary to="/spares/receive" search={{ part: id }}>
        {t('spares:entry.receive')}
      </LinkButton>
      <LinkButton to="/spares/parts/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('spares:entry.retirePart')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </>
  );
}
