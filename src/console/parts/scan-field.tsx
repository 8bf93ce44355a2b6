import { BarcodeOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from './filters.tsx';
import './scan-field.css';

/** Where keys belong to what has the focus. */
const OWN_KEYS = 'input, textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=dialog]';

interface ScanFieldProps {
  readonly hint: string;
  /** Whether a phone may put its own keyboard up: not where a scanner types. */
  readonly hasKeyboard?: boolean;
  /** Each code in its order; a scanner may bring the next one before the one before is answered. */
  readonly onCode: (code: string) => Promise<void>;
}

/**
 * The field that a scanner writes into. It has the focus when the page opens, and takes it back with the first character that is
 * typed where nothing else wants it, so a scan is never lost; Tab, Enter and the space bar stay with the buttons.
 */
export function ScanField({ hint, hasKeyboard = true, onCode }: ScanFieldProps) {
  const { t } = useTranslation('parts');
  const [text, setText] = useState('');
  const field = useRef<InputRef>(null);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const latest = useRef(onCode);
  latest.current = onCode;
  useEffect(() => {
    field.current?.focus();
    const catchKey = (event: KeyboardEvent) => {
      const isText = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
      const target = event.target instanceof Element ? event.target : null;
      if (isText && !target?.closest(OWN_KEYS)) field.current?.focus();
    };
    document.addEventListener('keydown', catchKey);
    return () => document.removeEventListener('keydown', catchKey);
  }, []);
  const take = () => {
    const code = text.trim();
    setText('');
    if (code) queue.current = queue.current.then(() => latest.current(code));
  };
  return (
    <form
      className="scan-form"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <Field label={hint} wide>
        {(id) => (
          <Input
            id={id}
            ref={field}
            size="large"
            prefix={<BarcodeOutlined aria-hidden="true" />}
            value={text}
            maxLength={80}
            inputMode={hasKeyboard ? 'text' : 'none'}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button size="large" htmlType="submit">
        {t('scan.enter')}
      </Button>
    </form>
  );
}
