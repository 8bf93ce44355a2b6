import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { EntryForm } from '../parts/entry-form.tsx';
import { DayField, NumberField, PickField, TextField, TickField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { LOCATIONS, PARTS } from '../parts/lookups.ts';
import { Section } from '../parts/section.tsx';
import { bodyOfReceipt, fieldOfReceipt, newReceipt, type Receipt } from './receipt.ts';
import { SerialRows } from './serial-rows.tsx';
import { SparesPage } from './spares-page.tsx';
import { type Part, UNIT_CONDITIONS } from './words.ts';

const route = getRouteApi('/spares/receive');

/** Takes units or pieces of a part into the register, all of them or none; serials can be scanned one after the other. */
export function ReceivePage() {
  const { t } = useTranslation('spares');
  const { part: partId, at } = route.useSearch();
  const navigate = useNavigate();
  const part = $api.useQuery(
    'get',
    '/parts/{id}',
    { params: { path: { id: partId ?? '' } } },
    { enabled: partId !== undefined },
  );
  const { message } = App.useApp();
  const receive = useWrite((body: ReturnType<typeof bodyOfReceipt>, header) =>
    api.POST('/movements/receipts', { body, params: { header } }),
  );
  const found = partId ? part.data : undefined;
  const back = () =>
    partId ? navigate({ to: '/spares/parts/$id', params: { id: partId } }) : navigate({ to: '/spares/units' });
  return (
    <SparesPage title={t('receive.title')}>
      <Section title={t('receive.what')}>
        <EntryForm<Receipt, ReturnType<typeof bodyOfReceipt>>
          initial={newReceipt(partId ?? null, at ?? null)}
          bodyOf={(values) => bodyOfReceipt(values, found)}
          fieldOf={fieldOfReceipt}
          {...receive}
          submitText={t('receive.submit')}
          onSubmit={async ({ body }) => {
            await receive.write(body);
            void message.success(t('receive.done', { count: body.lines.length }));
            await back();
          }}
          onCancel={() => void back()}
        >
          <LookupField
            name="partId"
            label={t('part.title')}
            lookup={PARTS}
            known={found ? [{ value: found.id, label: `${found.partNumber} · ${found.name}` }] : []}
            required
            onChoose={(chosen) => void navigate({ to: '/spares/receive', search: { part: chosen, at }, replace: true })}
          />
          {found ? <ReceiptFields part={found} /> : <p className="sub">{t('receive.choosePart')}</p>}
        </EntryForm>
      </Section>
    </SparesPage>
  );
}

function ReceiptFields({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  return (
    <>
      {part.tracking === 'serial' ? (
        <FormGroup title={t('receive.serials')} text={t('receive.serialsText')}>
          <SerialRows />
        </FormGroup>
      ) : null}
      <FormGroup title={t('receive.facts')}>
        <LookupField name="locationId" label={t('receive.place')} lookup={LOCATIONS} required />
        {part.tracking === 'serial' ? <UnitFields /> : <PieceFields part={part} />}
        <DayField name="expiresOn" label={t('stock.expiresOn')} help={t('receive.expiresHelp')} />
      </FormGroup>
      <FormGroup title={t('receive.papers')}>
        <TextField name="reference" label={t('receive.reference')} help={t('receive.referenceHelp')} lengthMax={120} />
        <TextField name="reason" label={t('receive.reason')} lengthMax={500} />
      </FormGroup>
    </>
  );
}

function UnitFields() {
  const { t } = useTranslation('spares');
  return (
    <>
      <PickField
        name="condition"
        label={t('unit.condition')}
        help={t('receive.conditionHelp')}
        choices={UNIT_CONDITIONS.map((value) => ({ value, label: t(`unitCondition.${value}`) }))}
      />
      <TickField name="isQuarantined" label={t('receive.quarantine')} help={t('receive.quarantineHelp')} />
      <TextField name="supplier" label={t('unit.supplier')} lengthMax={120} />
      <TextField name="firmware" label={t('unit.firmware')} lengthMax={80} />
      <DayField name="warrantyUntil" label={t('unit.warranty')} />
      <TextField name="note" label={t('note')} lengthMax={1000} rows={2} />
    </>
  );
}

function PieceFields({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  return (
    <>
      <NumberField
        name="quantity"
        label={t('stock.quantity')}
        unit={part.unitOfMeasure}
        min={1}
        max={1_000_000_000}
        required
      />
      <TextField name="lot" label={t('stock.lot')} lengthMax={80} />
    </>
  );
}
