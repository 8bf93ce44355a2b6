import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import type { Entry } from '../parts/entry-form.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { textOrNull } from '../parts/form-changes.ts';
import { NumberField, RadioField, TextField, useFieldValue } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { DEVICE_MODELS, PARTS } from '../parts/lookups.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Fit, Part } from './words.ts';

interface HowWell {
  readonly rank: number | null;
  readonly quantity: number | null;
  readonly conditions: string | null;
}

const howWell = ({ rank, quantity, conditions }: HowWell) => ({
  rank: rank ?? 1,
  quantity: quantity ?? 1,
  conditions: textOrNull(conditions),
});

function HowWellFields() {
  const { t } = useTranslation('spares');
  return (
    <>
      <NumberField name="rank" label={t('fit.rank')} help={t('fitEntry.rankHelp')} min={1} max={1000} required />
      <NumberField
        name="quantity"
        label={t('fit.pieces')}
        help={t('fitEntry.piecesHelp')}
        min={1}
        max={1000}
        required
      />
      <TextField
        name="conditions"
        label={t('fit.conditions')}
        help={t('fitEntry.conditionsHelp')}
        lengthMax={1000}
        rows={2}
      />
    </>
  );
}

interface NewFit extends HowWell {
  readonly kind: 'device' | 'inPlaceOf';
  readonly deviceModelId: string | null;
  readonly replacedPartId: string | null;
}

/** Says for which device or in place of which part a part serves; a model of device that is not known yet can be added. */
export function AddFit({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const can = useCan();
  const add = useWrite((body: ReturnType<typeof bodyOfFit>, header) =>
    api.POST('/parts/{id}/fits', { body, params: { path: { id: part.id }, header } }),
  );
  if (!can('inventory.write') || part.retired) return null;
  const initial: NewFit = {
    kind: 'device',
    deviceModelId: null,
    replacedPartId: null,
    rank: 1,
    quantity: 1,
    conditions: '',
  };
  return (
    <div className="row-actions list-actions">
      <FormButton
        label={t('fitEntry.add')}
        text={t('fitEntry.addText', { part: part.partNumber })}
        initial={initial}
        bodyOf={bodyOfFit}
        write={add}
        onSubmit={({ body }) => add.write(body)}
      >
        <ForWhat />
        <HowWellFields />
      </FormButton>
      <NewDeviceModel />
    </div>
  );
}

const bodyOfFit = ({ kind, deviceModelId, replacedPartId, ...well }: NewFit) => ({
  ...(kind === 'device' ? { deviceModelId: deviceModelId ?? '' } : { replacedPartId: replacedPartId ?? '' }),
  ...howWell(well),
});

function ForWhat() {
  const { t } = useTranslation('spares');
  const kind = useFieldValue<NewFit['kind']>('kind');
  return (
    <>
      <RadioField
        name="kind"
        label={t('fit.kind')}
        choices={(['device', 'inPlaceOf'] as const).map((value) => ({ value, label: t(`fit.${value}`) }))}
      />
      {kind === 'inPlaceOf' ? (
        <LookupField name="replacedPartId" label={t('part.title')} lookup={PARTS} required />
      ) : (
        <LookupField
          name="deviceModelId"
          label={t('fitEntry.model')}
          help={t('fitEntry.modelHelp')}
          lookup={DEVICE_MODELS}
          required
        />
      )}
    </>
  );
}

function NewDeviceModel() {
  const { t } = useTranslation('spares');
  const { message } = App.useApp();
  const add = useWrite((body: { manufacturer: string; model: string }, header) =>
    api.POST('/device-models', { body, params: { header } }),
  );
  return (
    <FormButton
      label={t('fitEntry.newModel')}
      text={t('fitEntry.newModelText')}
      initial={{ manufacturer: '', model: '' }}
      bodyOf={({ manufacturer, model }) => ({ manufacturer: manufacturer.trim(), model: model.trim() })}
      write={add}
      onSubmit={async ({ body }) => {
        await add.write(body);
        void message.success(t('fitEntry.modelAdded', { model: body.model }));
      }}
    >
      <TextField name="manufacturer" label={t('parts.manufacturer')} lengthMax={80} required />
      <TextField name="model" label={t('fitEntry.model')} lengthMax={120} required />
    </FormButton>
  );
}

/** Changes how well a part serves, or says that it does not any more. */
export function FitActions({ part, fit }: { readonly part: Part; readonly fit: Fit }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  const path = { id: part.id, fitId: fit.id };
  const change = useWrite(({ changed, version }: Entry<ReturnType<typeof howWell>>, header) =>
    api.PATCH('/parts/{id}/fits/{fitId}', {
      body: changed,
      params: { path, header: { ...header, ...ifMatch(version) } },
    }),
  );
  const remove = useWrite((_: undefined, header) =>
    api.DELETE('/parts/{id}/fits/{fitId}', { params: { path, header: { ...header, ...ifMatch(fit.version) } } }),
  );
  if (!can('inventory.write') || part.retired) return null;
  const initial: HowWell = howWell(fit);
  return (
    <div className="row-actions">
      <FormButton
        small
        label={t('parts:form.edit')}
        initial={initial}
        version={fit.version}
        bodyOf={howWell}
        write={change}
        onSubmit={(entry) => change.write(entry)}
      >
        <HowWellFields />
      </FormButton>
      <ConfirmedButton
        small
        danger
        label={t('spares:fitEntry.remove')}
        ask={t('spares:fitEntry.removeAsk')}
        loading={remove.isPending}
        onConfirm={() => remove.write(undefined).catch(() => undefined)}
      />
      <ProblemAlert error={remove.problem} />
    </div>
  );
}
