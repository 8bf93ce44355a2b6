import { Input, Select } from 'antd';
import { type ReactNode, useEffect, useId, useState } from 'react';
import './filters.css';

interface FieldProps {
  readonly label: string;
  /** Takes what room is left in its row. */
  readonly wide?: boolean;
  readonly children: (id: string) => ReactNode;
}

/** A control under its label; the control is given the id that ties the two. */
export function Field({ label, wide = false, children }: FieldProps) {
  const id = useId();
  return (
    <div className={wide ? 'field wide' : 'field'}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  /** Of another length nothing can be found: what is shorter is not asked for. */
  readonly lengthMin?: number;
  readonly onSearch: (text: string | undefined) => void;
}

/** A text to search for; it is asked for with Enter, and again with nothing when it is emptied. */
export function SearchField({ label, placeholder, value, lengthMin = 1, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const search = (wanted: string) => {
    const q = wanted.trim();
    if (q === '' || q.length >= lengthMin) onSearch(q || undefined);
  };
  return (
    <Field label={label} wide>
      {(id) => (
        <Input.Search
          id={id}
          placeholder={placeholder}
          value={text}
          allowClear
          maxLength={80}
          onChange={(event) => setText(event.target.value)}
          onSearch={search}
        />
      )}
    </Field>
  );
}

interface ChoiceFieldProps<Value extends string> {
  readonly label: string;
  /** What it means that nothing is chosen. */
  readonly all: string;
  readonly value: Value | undefined;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChoose: (value: Value | undefined) => void;
}

/** A choice that narrows a list. */
export function ChoiceField<Value extends string>({ label, all, value, options, onChoose }: ChoiceFieldProps<Value>) {
  return (
    <Field label={label}>
      {(id) => (
        <Select<Value | ''>
          id={id}
          value={value ?? ''}
          options={[{ value: '', label: all }, ...options]}
          popupMatchSelectWidth={false}
          onChange={(chosen) => onChoose(chosen === '' ? undefined : chosen)}
        />
      )}
    </Field>
  );
}
