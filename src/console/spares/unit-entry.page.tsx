import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { textOrNull } from '../parts/form-changes.ts';
import { DayField, PickField, TextField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { SparesPage } from './spares-page.tsx';
import { UNIT_CONDITIONS, type Unit } from './words.ts';

const route = getRouteApi('/spares/units/$id/edit');

const FACTS = ['assetTag', 'supplier', 'firmware', 'warrantyUntil', 'expiresOn', 'note'] as const;
type Facts = Pick<Unit, (typeof FACTS)[number] | 'condition'>;

const factsOf = (unit: Facts): Facts => ({
  ...(Object.fromEntries(FACTS.map((key) => [key, textOrNull(unit[key])])) as Facts),
  condition: unit.condition,
});

/** Changes a unit's own facts. Its state and place change by movements, which its page has. */
export function EditUnitPage() {
  const { t } = useTranslation('spares');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/units/{id}', { params: { path: { id } } });
  return (
    <SparesPage title={t('entry.editUnit', { serial: query.data?.serial ?? '' })}>
      <Loaded query={query}>{(unit) => <EditUnit unit={unit} />}</Loaded>
    </SparesPage>
  );
}

function EditUnit({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation(['spares', 'parts']);
  const navigate = useNavigate();
  const { id, version } = unit;
  const change = useWrite(({ changed, version: base }: Entry<Facts>, header) =>
    api.PATCH('/units/{id}', { body: changed, params: { path: { id }, header: { ...header, ...ifMatch(base) } } }),
  );
  const back = () => navigate({ to: '/spares/units/$id', params: { id } });
  return (
    <Section title={t('spares:unit.facts')}>
      <EntryForm
        initial={factsOf(unit)}
        version={version}
        bodyOf={factsOf}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <UnitFacts />
      </EntryForm>
    </Section>
  );
}

function UnitFacts() {
  const { t } = useTranslation('spares');
  return (
    <FormGroup title={t('unit.facts')} text={t('entry.unitText')}>
      <TextField name="assetTag" label={t('unit.assetTag')} help={t('entry.assetTagHelp')} lengthMax={40} isCode />
      <PickField
        name="condition"
        label={t('unit.condition')}
        choices={UNIT_CONDITIONS.map((value) => ({ value, label: t(`unitCondition.${value}`) }))}
      />
      <TextField name="supplier" label={t('unit.supplier')} lengthMax={120} />
      <TextField name="firmware" label={t('unit.firmware')} lengthMax={80} />
      <DayField name="warrantyUntil" label={t('unit.warranty')} />
      <DayField name="expiresOn" label={t('stock.expiresOn')} />
      <TextField name="note" label={t('note')} lengthMax={1000} rows={3} />
    </FormGroup>
  );
}
