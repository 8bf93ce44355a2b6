import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import type { FieldPath } from '../parts/form-context.ts';
import { NumberField, PickField, TextField, useFieldValue } from '../parts/form-fields.tsx';
import { type Found, type Lookup, LookupField } from '../parts/form-lookup.tsx';
import { FormRows } from '../parts/form-rows.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { DEVICE_MODELS, PARTS, PRODUCTS } from '../parts/lookups.ts';
import { Section } from '../parts/section.tsx';
import { SparesPage } from './spares-page.tsx';
import { KIT_LINE_KINDS, type Kit } from './words.ts';

type LineKind = Kit['lines'][number]['kind'];

interface KitValues {
  readonly name: string;
  readonly note: string;
  readonly lines: readonly {
    readonly kind?: LineKind;
    readonly id?: string | null;
    readonly quantity?: number | null;
  }[];
}

const LOOKUPS: Record<LineKind, Lookup> = { part: PARTS, product: PRODUCTS, 'device-model': DEVICE_MODELS };

const bodyOf = ({ name, note, lines }: KitValues) => ({
  name: name.trim(),
  note: note.trim(),
  lines: lines.map(({ kind = 'part', id, quantity }) => {
    const [of, count] = [id ?? '', quantity ?? 0];
    if (kind === 'product') return { productId: of, quantity: count };
    return kind === 'part' ? { partId: of, quantity: count } : { deviceModelId: of, quantity: count };
  }),
});

type KitBody = ReturnType<typeof bodyOf>;

const fieldOf = ([first = '', row, field]: FieldPath): FieldPath => {
  if (first !== 'lines' || row === undefined) return [first];
  return [first, row, field === 'quantity' ? field : 'id'];
};

/** Adds a kit: a named set of things that go out together. */
export function NewKitPage() {
  const { t } = useTranslation('spares');
  const navigate = useNavigate();
  const add = useWrite((body: KitBody, header) => api.POST('/kits', { body, params: { header } }));
  const back = () => navigate({ to: '/spares/kits' });
  const initial: KitValues = { name: '', note: '', lines: [{ kind: 'part', quantity: 1 }] };
  return (
    <SparesPage title={t('kits.new')}>
      <Section title={t('kits.facts')}>
        <EntryForm
          initial={initial}
          bodyOf={bodyOf}
          fieldOf={fieldOf}
          {...add}
          submitText={t('kits.add')}
          onSubmit={async ({ body }) => {
            await add.write(body);
            await back();
          }}
          onCancel={() => void back()}
        >
          <KitFields known={[]} />
        </EntryForm>
      </Section>
    </SparesPage>
  );
}

const route = getRouteApi('/spares/kits/$id/edit');

/** Changes a kit. */
export function EditKitPage() {
  const { t } = useTranslation('spares');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/kits/{id}', { params: { path: { id } } });
  return (
    <SparesPage title={t('kits.edit', { name: query.data?.name ?? '' })}>
      <Loaded query={query}>{(kit) => <EditKit kit={kit} />}</Loaded>
    </SparesPage>
  );
}

function EditKit({ kit: { id, name, note, lines, version } }: { readonly kit: Kit }) {
  const { t } = useTranslation(['spares', 'parts']);
  const navigate = useNavigate();
  const change = useWrite(({ changed, version: base }: Entry<KitBody>, header) =>
    api.PATCH('/kits/{id}', { body: changed, params: { path: { id }, header: { ...header, ...ifMatch(base) } } }),
  );
  const back = () => navigate({ to: '/spares/kits' });
  const initial: KitValues = {
    name,
    note,
    lines: lines.map((line) => ({ kind: line.kind, id: line.id, quantity: line.quantity })),
  };
  return (
    <Section title={t('spares:kits.facts')}>
      <EntryForm
        initial={initial}
        version={version}
        bodyOf={bodyOf}
        fieldOf={fieldOf}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <KitFields known={lines.map((line) => ({ value: line.id, label: line.name }))} />
      </EntryForm>
    </Section>
  );
}

function KitFields({ known }: { readonly known: readonly Found[] }) {
  const { t } = useTranslation('spares');
  return (
    <>
      <TextField name="name" label={t('parts.name')} lengthMax={120} required />
      <TextField name="note" label={t('note')} help={t('kits.noteHelp')} lengthMax={1000} rows={2} />
      <FormRows
        name="lines"
        label={t('kits.lines')}
        addText={t('kits.addLine')}
        added={{ kind: 'part', quantity: 1 }}
        max={100}
      >
        {(row) => <KitLine row={row} known={known} />}
      </FormRows>
    </>
  );
}

function KitLine({ row, known }: { readonly row: number; readonly known: readonly Found[] }) {
  const { t } = useTranslation('spares');
  const kind = useFieldValue<LineKind>(['lines', row, 'kind']) ?? 'part';
  return (
    <>
      <PickField
        name={[row, 'kind']}
        label={t('kits.kind')}
        choices={KIT_LINE_KINDS.map((value) => ({ value, label: t(`kits.kinds.${value}`) }))}
      />
      <LookupField
        key={kind}
        name={[row, 'id']}
        label={t(`kits.kinds.${kind}`)}
        lookup={LOOKUPS[kind]}
        known={known}
        required
      />
      <NumberField name={[row, 'quantity']} label={t('stock.quantity')} min={1} max={10_000} required />
    </>
  );
}
