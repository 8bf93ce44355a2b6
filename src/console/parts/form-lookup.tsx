import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FieldProps, FormItem } from './form-item.tsx';

/** Something that can be chosen, by its id. */
export interface Found {
  readonly value: string;
  readonly label: string;
}

/** A kind of things that can be looked for by a text; an empty one asks for the first of them. */
export interface Lookup {
  readonly kind: string;
  readonly find: (text: string) => Promise<readonly Found[]>;
}

interface LookupFieldProps extends FieldProps {
  readonly lookup: Lookup;
  /** What is chosen at first: its name is known before it is looked for. */
  readonly known?: readonly Found[];
  readonly placeholder?: string;
  /** More than one. */
  readonly isMany?: boolean;
  readonly onChoose?: (value: string | undefined) => void;
}

/** How the things that were offered are called: ids alone say nothing to people. */
const labels = new Map<string, string>();

function remember(found: readonly Found[]): readonly Found[] {
  for (const { value, label } of found) labels.set(value, label);
  return found;
}

const labelOf = (id: unknown): string => (typeof id === 'string' ? (labels.get(id) ?? id) : '–');

/** Chooses things of the register, found by the server as somebody types. */
export function LookupField({ lookup, known = [], placeholder, isMany, onChoose, ...field }: LookupFieldProps) {
  remember(known);
  return (
    <FormItem
      {...field}
      say={(value) => (Array.isArray(value) ? value.map(labelOf).join(', ') || '–' : labelOf(value))}
    >
      <LookupSelect
        lookup={lookup}
        isMany={isMany ?? false}
        isClearable={!field.required}
        placeholder={placeholder}
        onChoose={onChoose}
      />
    </FormItem>
  );
}

interface LookupSelectProps {
  readonly lookup: Lookup;
  readonly isMany: boolean;
  readonly isClearable: boolean;
  readonly placeholder: string | undefined;
  readonly onChoose: ((value: string | undefined) => void) | undefined;
  /** These come from the field that it stands in. */
  readonly id?: string;
  readonly value?: string | string[] | null;
  readonly onChange?: (value: string | string[] | null) => void;
}

function LookupSelect({ lookup, isMany, isClearable, placeholder, onChoose, id, value, onChange }: LookupSelectProps) {
  const { t } = useTranslation('parts');
  const [text, setText] = useState('');
  const { data, isFetching } = useQuery({
    queryKey: ['look up', lookup.kind, text.trim()],
    queryFn: async () => remember(await lookup.find(text.trim())),
    placeholderData: (before) => before,
  });
  const chosen = value === null || value === undefined ? [] : [value].flat();
  const found = data ?? [];
  const missing = chosen.filter((one) => !found.some((option) => option.value === one));
  const options = [...(text ? [] : missing.map((one) => ({ value: one, label: labelOf(one) }))), ...found];
  return (
    <Select<string | string[] | null>
      {...(id ? { id } : {})}
      {...(isMany ? { mode: 'multiple' as const } : {})}
      value={isMany ? chosen : (chosen[0] ?? null)}
      placeholder={placeholder ?? t('form.lookUp')}
      allowClear={isClearable}
      loading={isFetching}
      showSearch={{ filterOption: false, onSearch: setText }}
      notFoundContent={t(isFetching ? 'form.looking' : 'form.nothingFound')}
      labelRender={({ value: one }) => labelOf(one)}
      options={options.map((option) => ({ ...option }))}
      onChange={(next) => {
        onChange?.(next ?? null);
        onChoose?.(typeof next === 'string' ? next : undefined);
      }}
    />
  );
}
