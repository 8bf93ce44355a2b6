import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { FormButton } from '../parts/form-button.tsx';
import { textOrNull } from '../parts/form-changes.ts';
import { RadioField, TextField } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { instantOfLocal, localNow } from '../parts/local-time.ts';
import { LOCATIONS } from '../parts/lookups.ts';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { Unit } from './words.ts';

/** What can be done with a unit as it stands now; each says what happens, and asks why where that is kept. */
export function UnitActions({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  if (!can('inventory.write') || unit.state === 'retired') return null;
  const { state } = unit;
  const lies = state === 'in_stock' || state === 'quarantined';
  return (
    <>
      <TestUnit unit={unit} />
      {lies ? <MoveUnit unit={unit} act="transfer" /> : null}
      {state === 'lost' ? <MoveUnit unit={unit} act="found" /> : null}
      {state === 'in_stock' ? <ActOnUnit unit={unit} act="quarantine" /> : null}
      {state === 'quarantined' ? <ActOnUnit unit={unit} act="release" /> : null}
      {lies ? <ActOnUnit unit={unit} act="lost" /> : null}
      {lies || state === 'lost' ? <ActOnUnit unit={unit} act="scrap" /> : null}
      <LinkButton to="/spares/units/$id/edit" params={{ id: unit.id }}>
        {t('parts:form.edit')}
      </LinkButton>
    </>
  );
}

interface UnitProps {
  readonly unit: Unit;
}

/** Writes down a test; one that failed in stock goes to quarantine at once. */
function TestUnit({ unit }: UnitProps) {
  const { t } = useTranslation('spares');
  const test = useWrite((body: { testedAt: string; result: 'passed' | 'failed'; note?: string }, header) =>
    api.POST('/units/{id}/tests', { body, params: { path: { id: unit.id }, header } }),
  );
  return (
    <FormButton
      label={t('unitAct.test')}
      text={t('unitAct.testText')}
      initial={{ testedAt: localNow(), result: null as 'passed' | 'failed' | null, note: '' }}
      bodyOf={({ testedAt, result, note }) => ({
        testedAt: instantOfLocal(testedAt) ?? '',
        result: result ?? 'failed',
        ...(textOrNull(note) ? { note: note.trim() } : {}),
      })}
      write={test}
      onSubmit={({ body }) => test.write(body)}
    >
      <RadioField
        name="result"
        label={t('unit.result')}
        required
        choices={(['passed', 'failed'] as const).map((value) => ({ value, label: t(`testResult.${value}`) }))}
      />
      <TextField name="testedAt" label={t('unitAct.testedAt')} lengthMax={16} type="datetime-local" required />
      <TextField name="note" label={t('unitAct.seen')} lengthMax={1000} rows={3} />
    </FormButton>
  );
}

/** Takes a unit to another place, or puts one that was lost where it was found. */
function MoveUnit({ unit, act }: UnitProps & { readonly act: 'transfer' | 'found' }) {
  const { t } = useTranslation('spares');
  const isFound = act === 'found';
  const move = useWrite(({ to, reason }: { to: string; reason: string }, header) => {
    const params = { header };
    const unitId = unit.id;
    return isFound
      ? api.POST('/movements/adjustments', {
          body: { lines: [{ kind: 'unit', unitId, outcome: 'found', locationId: to }], reason },
          params,
        })
      : api.POST('/movements/transfers', {
          body: { lines: [{ kind: 'unit', unitId, toLocationId: to }], ...(reason ? { reason } : {}) },
          params,
        });
  });
  return (
    <FormButton
      label={t(`unitAct.${act}`)}
      text={t(`unitAct.${act}Text`)}
      initial={{ to: null as string | null, reason: '' }}
      bodyOf={({ to, reason }) => ({ to: to ?? '', reason: reason.trim() })}
      fieldOf={([first, _row, field]) => (first === 'lines' && field !== 'unitId' ? ['to'] : [first ?? ''])}
      write={move}
      onSubmit={({ body }) => move.write(body)}
    >
      <LookupField name="to" label={t(isFound ? 'unitAct.foundAt' : 'unitAct.to')} lookup={LOCATIONS} required />
      <TextField name="reason" label={t('why')} lengthMax={500} rows={2} required={isFound} />
    </FormButton>
  );
}

/** What needs nothing but a reason. */
function ActOnUnit({ unit, act }: UnitProps & { readonly act: 'quarantine' | 'release' | 'lost' | 'scrap' }) {
  const { t } = useTranslation('spares');
  const unitId = unit.id;
  const lines = [{ kind: 'unit' as const, unitId }];
  const write = useWrite((reason: string, header) => {
    const params = { header };
    switch (act) {
      case 'quarantine':
        return api.POST('/movements/quarantines', { body: { lines, reason }, params });
      case 'release':
        return api.POST('/movements/releases', { body: { lines, ...(reason ? { reason } : {}) }, params });
      case 'lost':
        return api.POST('/movements/adjustments', {
          body: { lines: [{ kind: 'unit', unitId, outcome: 'lost' }], reason },
          params,
        });
      case 'scrap':
        return api.POST('/movements/scraps', { body: { lines, reason }, params });
    }
  });
  return (
    <ReasonButton
      danger={act === 'scrap'}
      label={t(`unitAct.${act}`)}
      text={t(`unitAct.${act}Text`)}
      isOptional={act === 'release'}
      write={write}
      onConfirm={(reason) => write.write(reason)}
    />
  );
}
