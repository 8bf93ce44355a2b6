import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan, useMe } from '../app/session.ts';
import { FormButton } from '../parts/form-button.tsx';
import { RadioField, TextField } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { instantOfLocal, localOf } from '../parts/local-time.ts';
import { PERSONS } from '../parts/lookups.ts';
import type { Override, Rota, Span } from './response-data.ts';

interface OverrideButtonProps {
  readonly rota: Rota;
  readonly label: string;
  /** The span that it is first about. */
  readonly span: Span;
}

interface Values {
  readonly kind: Override['kind'];
  readonly personId: string | null;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
}

const KINDS = ['take over', 'remove'] as const satisfies readonly Override['kind'][];

/** Lets somebody take over for a span, or takes somebody off. Whoever is signed in is offered first. */
export function OverrideButton({ rota, label, span }: OverrideButtonProps) {
  const { t } = useTranslation('response');
  const can = useCan();
  const me = useMe().data;
  const add = useWrite((body: ReturnType<typeof bodyOf>, header) =>
    api.POST('/on-call-rotas/{id}/overrides', {
      body,
      params: { path: { id: rota.id }, header: { ...header, ...ifMatch(rota.version) } },
    }),
  );
  if (rota.retired || !can('people.operate')) return null;
  const self = me?.kind === 'person' ? me : undefined;
  const times = { lengthMax: 30, type: 'datetime-local', required: true } as const;
  return (
    <FormButton<Values, ReturnType<typeof bodyOf>>
      small
      label={label}
      text={t('override.text', { rota: rota.name })}
      initial={{
        ...{ kind: 'take over', personId: self?.id ?? null, reason: '' },
        ...{ from: localOf(span.from), until: localOf(span.until) },
      }}
      bodyOf={bodyOf}
      write={add}
      onSubmit={({ body }) => add.write(body)}
    >
      <RadioField
        name="kind"
        label={t('override.kind')}
        choices={KINDS.map((value) => ({ value, label: t(`override.kinds.${value}`) }))}
      />
      <LookupField
        name="personId"
        label={t('override.person')}
        lookup={PERSONS}
        known={self ? [{ value: self.id, label: self.name }] : []}
        required
      />
      <TextField name="from" label={t('override.from')} help={t('override.zone')} {...times} />
      <TextField name="until" label={t('override.until')} {...times} />
      <TextField name="reason" label={t('override.reason')} lengthMax={500} rows={2} required />
    </FormButton>
  );
}

/** The server says what is wrong with what is no moment. */
const bodyOf = ({ kind, personId, from, until, reason }: Values) => ({
  ...{ kind, personId: personId ?? '', reason: reason.trim() },
  ...{ from: instantOfLocal(from) ?? from, until: instantOfLocal(until) ?? until },
});
