import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, InputNumber, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT, api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { ChoiceField, Field } from '../parts/filters.tsx';
import { ScanField } from '../parts/scan-field.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';
import type { Told as ToldWords } from './count-told.ts';
import { LocationPicker } from './location-picker.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import { LABEL_FORMATS, LABELLED, type LabelSearch, SYMBOLOGIES } from './words.ts';

const route = getRouteApi('/storeroom/labels');

/** As many labels by their ids as one sheet takes. */
const IDS_MAX = 80;

/** Labels to print: of what, on which paper, with which code. */
export function LabelsPage() {
  const { t } = useTranslation('storeroom');
  const { of = 'units', ids, at, format = 'avery-l7160', code = 'qr', skip } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/labels' });
  const change = (changes: LabelSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const look = String(new URLSearchParams({ format, symbology: code }));
  const query = new URLSearchParams({
    ...{ format, symbology: code },
    ...(ids ? { ids } : at ? { locationId: at } : {}),
    ...(skip ? { skip } : {}),
  });
  const sheet = ids || at ? `${API_ROOT}/${of}/labels.html?${query}` : undefined;
  return (
    <StoreroomPage title={t('labels.title')}>
      <Section title={t('labels.what')}>
        <search className="filters">
          <ChoiceField
            label={t('labels.of')}
            all={t('labels.ofUnits')}
            value={of === 'units' ? undefined : of}
            options={LABELLED.filter((one) => one !== 'units').map((value) => ({
              value,
              label: t('labels.ofLocations'),
            }))}
            onChoose={(chosen) => change({ of: chosen, ids: undefined })}
          />
          <Field label={t('labels.at')} wide>
            {(id) => (
              <LocationPicker
                id={id}
                value={ids ? undefined : at}
                onChange={(chosen) => change({ at: chosen, ids: undefined })}
              />
            )}
          </Field>
        </search>
        <ScannedList
          of={of}
          ids={ids ? ids.split(',') : []}
          onIds={(all) => change({ ids: all.join(',') || undefined })}
        />
      </Section>
      <Section title={t('labels.paper')}>
        <div className="filters">
          <ChoiceField
            label={t('labels.format')}
            all={t('labelFormat.avery-l7160')}
            value={format === 'avery-l7160' ? undefined : format}
            options={LABEL_FORMATS.filter((one) => one !== 'avery-l7160').map((value) => ({
              value,
              label: t(`labelFormat.${value}`),
            }))}
            onChoose={(chosen) => change({ format: chosen })}
          />
          <ChoiceField
            label={t('labels.code')}
            all={t('symbology.qr')}
            value={code === 'qr' ? undefined : code}
            options={SYMBOLOGIES.filter((one) => one !== 'qr').map((value) => ({
              value,
              label: t(`symbology.${value}`),
            }))}
            onChoose={(chosen) => change({ code: chosen })}
          />
          <Field label={t('labels.skip')}>
            {(id) => (
              <InputNumber
                id={id}
                min={0}
                max={29}
                precision={0}
                value={Number(skip ?? 0)}
                onChange={(used) => change({ skip: used ? String(used) : undefined })}
              />
            )}
          </Field>
        </div>
      </Section>
      <Section title={t('labels.sheet')}>
        {sheet ? <Sheet of={of} ids={ids} at={at} address={sheet} look={look} /> : <p>{t('labels.choose')}</p>}
      </Section>
    </StoreroomPage>
  );
}

interface SheetProps {
  readonly address: string;
  readonly of: (typeof LABELLED)[number];
  readonly ids: string | undefined;
  readonly at: string | undefined;
  readonly look: string;
}

/** The way to the sheet, and one of its labels in its true size. */
function Sheet({ address, of, ids, at, look }: SheetProps) {
  const { t } = useTranslation('storeroom');
  const chosen = ids?.split(',')[0] ?? (of === 'locations' ? at : undefined);
  const below = $api.useQuery(
    'get',
    '/units',
    { params: { query: { below: at ?? '', limit: 1 } } },
    { enabled: chosen === undefined && at !== undefined },
  );
  const id = chosen ?? below.data?.items[0]?.id;
  if (chosen === undefined && below.data?.items.length === 0) return <p>{t('labels.nothing')}</p>;
  return (
    <>
      <p>
        <Button type="primary" href={address} target="_blank" rel="noreferrer">
          {t('labels.open')}
        </Button>
      </p>
      <p className="sub">{t('labels.scale')}</p>
      {id ? (
        <img className="label-preview" src={`${API_ROOT}/${of}/${id}/label.svg?${look}`} alt={t('labels.preview')} />
      ) : null}
    </>
  );
}

interface ScannedListProps {
  readonly of: (typeof LABELLED)[number];
  readonly ids: readonly string[];
  readonly onIds: (ids: readonly string[]) => void;
}

/** Certain pieces instead of all that lie somewhere: scanned or typed one after the other. */
function ScannedList({ of, ids, onIds }: ScannedListProps) {
  const { t } = useTranslation('storeroom');
  const [told, setTold] = useState<ToldWords & { readonly number: number }>();
  const tell = (words: ToldWords) => setTold((last) => ({ ...words, number: (last?.number ?? 0) + 1 }));
  const onCode = async (code: string) => {
    const bad = (text: string) => tell({ tone: 'bad', word: t('told.refused'), text });
    try {
      const { data } = await api.GET('/scan/{code}', { params: { path: { code } } });
      const found = data?.matches.flatMap((match) => {
        if (of === 'units' && match.kind === 'unit') return [{ id: match.unit.id, name: match.unit.serial }];
        return of === 'locations' && match.kind === 'location'
          ? [{ id: match.location.id, name: match.location.code }]
          : [];
      })[0];
      if (!found) return bad(t('labels.notOne', { code }));
      if (ids.length >= IDS_MAX) return bad(t('labels.full', { count: IDS_MAX }));
      if (!ids.includes(found.id)) onIds([...ids, found.id]);
      tell({ tone: 'good', word: t('labels.onSheet'), text: found.name });
    } catch (error) {
      bad(error instanceof ProblemError ? error.message : code);
    }
  };
  return (
    <>
      <ScanField hint={t(of === 'units' ? 'labels.scanUnit' : 'labels.scanLocation')} onCode={onCode} />
      {told ? <Told label={t('count.last')} told={told} empty="" /> : null}
      {ids.length > 0 ? (
        <p>
          <Tag closable={{ 'aria-label': t('labels.dropList') }} onClose={() => onIds([])}>
            {t('labels.chosen', { count: ids.length })}
          </Tag>
        </p>
      ) : null}
    </>
  );
}
