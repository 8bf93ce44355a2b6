import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { Repository } from './backup-api.ts';

/** Adds a set to a repository, changes it, or takes it out of use. */
export function RepositoryEntryActions({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation(['backups', 'parts']);
  const can = useCan();
  const { id, version, retired, writable } = repository;
  const retire = useWrite((reason: string, header) =>
    api.POST('/repositories/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (!can('backup.write') || retired) return null;
  return (
    <>
      <LinkButton to={writable ? '/backups/captured-sets/new' : '/backups/sets/new'} search={{ repository: id }}>
        {t('backups:repositoryEntry.addSet')}
      </LinkButton>
      <LinkButton to="/backups/repositories/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('backups:repositoryEntry.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </>
  );
}
