import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import type { FieldPath } from '../parts/form-context.ts';
import type { BackupSet } from './backup-api.ts';
import {
  bodyOfCaptured,
  CapturedSetFields,
  changeOfCaptured,
  newCapturedSet,
  valuesOfCaptured,
} from './captured-set-form.tsx';

const fieldOf = (path: FieldPath): FieldPath => (path[0] === 'bytesPerSecondMax' ? ['rateMib'] : path);

/** Has Muster take the backups of a source from now on. */
export function NewCapturedSet({ repositoryId }: { readonly repositoryId: string | null }) {
  const { t } = useTranslation('backups');
  const navigate = useNavigate();
  const add = useWrite((body: ReturnType<typeof bodyOfCaptured>, header) =>
    api.POST('/captured-sets', { body, params: { header } }),
  );
  return (
    <EntryForm
      initial={newCapturedSet(repositoryId)}
      bodyOf={bodyOfCaptured}
      fieldOf={fieldOf}
      {...add}
      submitText={t('setEntry.add')}
      onSubmit={async ({ body }) => {
        const { id } = await add.write(body);
        await navigate({ to: '/backups/sets/$id', params: { id } });
      }}
      onCancel={() => void navigate({ to: '/backups' })}
    >
      <CapturedSetFields />
    </EntryForm>
  );
}

/** Changes what Muster takes, when, and how it is watched. */
export function EditCapturedSet({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('parts');
  const navigate = useNavigate();
  const { id, version } = set;
  const change = useWrite(({ changed, version: base }: Entry<ReturnType<typeof changeOfCaptured>>, header) =>
    api.PATCH('/captured-sets/{id}', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  const back = () => navigate({ to: '/backups/sets/$id', params: { id } });
  return (
    <EntryForm
      initial={valuesOfCaptured(set)}
      version={version}
      bodyOf={changeOfCaptured}
      fieldOf={fieldOf}
      {...change}
      submitText={t('form.save')}
      onSubmit={async (entry) => {
        await change.write(entry);
        await back();
      }}
      onCancel={() => void back()}
    >
      <CapturedSetFields set={set} />
    </EntryForm>
  );
}
