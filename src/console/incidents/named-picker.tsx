import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Field } from '../parts/filters.tsx';

type Kind = 'person' | 'team' | 'service';

interface NamedSelectProps {
  readonly kinds: readonly Kind[];
  readonly id?: string;
  readonly value?: string | undefined;
  /** Of what is chosen already, where it is known. */
  readonly name?: string | undefined;
  readonly placeholder?: string;
  readonly onChange?: (id: string | undefined, name: string | undefined) => void;
}

/** Persons, teams or services by how their names begin: a control of a form or a filter, whose value is an id. */
export function NamedSelect({ kinds, id, value, name, placeholder, onChange }: NamedSelectProps) {
  const { t } = useTranslation('incidents');
  const [q, setQ] = useState('');
  const text = q.trim();
  const [only] = kinds;
  const query = { limit: 50, ...(text ? { q: text } : {}), ...(kinds.length === 1 && only ? { kind: only } : {}) };
  const { data, isFetching } = $api.useQuery('get', '/holders', { params: { query } });
  const found = (data?.items ?? []).filter(({ kind }) => kinds.some((wanted) => wanted === kind));
  const options = found.map((one) => ({
    value: one.id,
    label: kinds.length > 1 ? `${one.name} (${t(`holder.${one.kind as Kind}`)})` : one.name,
  }));
  const chosen = useChosenName(kinds, value, options.some((option) => option.value === value) ? undefined : name);
  const all =
    value && !options.some((option) => option.value === value)
      ? [{ value, label: chosen ?? t('holder.chosen') }, ...options]
      : options;
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      value={value ?? null}
      placeholder={placeholder ?? t('holder.placeholder')}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={isFetching}
      notFoundContent={isFetching ? t('holder.searching') : t('holder.none')}
      options={all}
      popupMatchSelectWidth={false}
      onChange={(picked: string | null | undefined) =>
        onChange?.(picked ?? undefined, found.find((one) => one.id === picked)?.name)
      }
    />
  );
}

/** The name of a service or a team that an address names by its id and that is not on the list. */
function useChosenName(kinds: readonly Kind[], id: string | undefined, name: string | undefined) {
  const asks = (kind: Kind) => kinds.length === 1 && kinds[0] === kind && id !== undefined && name === undefined;
  const path = { path: { id: id ?? '' } };
  const service = $api.useQuery('get', '/services/{id}', { params: path }, { enabled: asks('service') });
  const team = $api.useQuery('get', '/teams/{id}', { params: path }, { enabled: asks('team') });
  return name ?? service.data?.name ?? team.data?.name;
}

interface NamedFilterProps {
  readonly label: string;
  readonly all: string;
  readonly kinds: readonly Kind[];
  readonly value: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
}

/** A choice of a team, a service or a person that narrows a list. */
export function NamedFilter({ label, all, kinds, value, onChoose }: NamedFilterProps) {
  return (
    <Field label={label}>
      {(id) => <NamedSelect id={id} kinds={kinds} value={value} placeholder={all} onChange={onChoose} />}
    </Field>
  );
}

interface PersonsSelectProps {
  readonly id?: string;
  readonly value?: string[];
  readonly onChange?: (ids: string[]) => void;
}

/** Several persons, of those that there are. */
export function PersonsSelect({ id, value, onChange }: PersonsSelectProps) {
  const { data } = $api.useQuery('get', '/holders', { params: { query: { kind: 'person', limit: 200 } } });
  return (
    <Select<string[]>
      {...(id === undefined ? {} : { id })}
      mode="multiple"
      value={value ?? []}
      showSearch={{ optionFilterProp: 'label' }}
      options={(data?.items ?? []).map((person) => ({ value: person.id, label: person.name }))}
      onChange={(ids) => onChange?.(ids)}
    />
  );
}
