import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { FormButton } from '../parts/form-button.tsx';
import { NumberField } from '../parts/form-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { BackupSet } from './backup-api.ts';

interface SetProps {
  readonly set: BackupSet;
}

/** Changes a set, or takes it out of use; not that of Muster's own database, which follows from the service. */
export function SetActions({ set }: SetProps) {
  const { t } = useTranslation(['backups', 'parts']);
  const can = useCan();
  const { id, version } = set;
  const retire = useWrite((reason: string, header) =>
    api.POST('/backup-sets/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (!can('backup.write') || set.retired || set.kind === 'postgresql') return null;
  return (
    <>
      <LinkButton to="/backups/sets/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('backups:setEntry.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </>
  );
}

type Kept = BackupSet['retention'];
type KeptValues = { readonly [Step in keyof Kept]: number | null };
const STEPS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

const bodyOfKept = ({ minimumCopies, ...steps }: KeptValues): Kept => ({
  minimumCopies: minimumCopies ?? 1,
  ...(Object.fromEntries(STEPS.map((step) => [step, steps[step] ?? 0])) as Omit<Kept, 'minimumCopies'>),
});

/** Changes how many recovery points are kept; the plan below shows what that would do, before anything is removed. */
export function EditRetention({ set }: SetProps) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const { id, retention, version } = set;
  const change = useWrite(({ changed, version: base }: { changed: Partial<Kept>; version: number }, header) =>
    api.PATCH('/backup-sets/{id}/retention', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  if (!can('backup.write') || set.retired) return null;
  const initial: KeptValues = retention;
  return (
    <div className="set-buttons">
      <FormButton
        label={t('retentionEntry.change')}
        text={t('retentionEntry.text')}
        initial={initial}
        version={version}
        bodyOf={bodyOfKept}
        write={change}
        onSubmit={(entry) => change.write(entry)}
      >
        <NumberField
          name="minimumCopies"
          label={t('retentionEntry.minimumCopies')}
          help={t('retentionEntry.minimumHelp')}
          min={1}
          max={10_000}
          required
        />
        {STEPS.map((step) => (
          <NumberField
            key={step}
            name={step}
            label={t(`retentionEntry.${step}`)}
            {...(step === 'hourly' ? { help: t('retentionEntry.stepHelp') } : {})}
            min={0}
            max={10_000}
            required
          />
        ))}
      </FormButton>
    </div>
  );
}
