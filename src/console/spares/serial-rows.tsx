import { BarcodeOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from '../parts/form-fields.tsx';
import { FormRows } from '../parts/form-rows.tsx';

const UNITS_MAX = 500;

interface SerialRow {
  readonly serial?: string;
  readonly assetTag?: string;
}

/** The serials of the units that came, scanned or typed; where they have labels already, each with its asset tag. */
export function SerialRows() {
  const { t } = useTranslation('spares');
  const rows = Form.useWatch<readonly SerialRow[] | undefined>('serials') ?? [];
  return (
    <>
      <SerialScan rows={rows} />
      <p className="sub wide" role="status">
        {t('receive.count', { count: rows.length })}
      </p>
      <FormRows name="serials" label={t('receive.serials')} addText={t('receive.addRow')} added={{}} max={UNITS_MAX}>
        {(row) => (
          <>
            <TextField name={[row, 'serial']} label={t('unit.serial')} lengthMax={80} isCode required />
            <TextField name={[row, 'assetTag']} label={t('unit.assetTag')} lengthMax={40} isCode />
          </>
        )}
      </FormRows>
    </>
  );
}

/** The field that a scanner writes into: each code with Enter at its end is a unit, or the label of the one before. */
function SerialScan({ rows }: { readonly rows: readonly SerialRow[] }) {
  const { t } = useTranslation('spares');
  const { t: shared } = useTranslation('parts');
  const form = Form.useFormInstance();
  const id = useId();
  const [code, setCode] = useState('');
  const [withTags, setWithTags] = useState(false);
  const [told, setTold] = useState('');
  const last = rows.at(-1);
  const isTag = withTags && last !== undefined && !last.assetTag;
  const take = () => {
    const scanned = code.trim();
    setCode('');
    if (!scanned) return;
    // A scanner is faster than the next picture of the page: what the form holds counts.
    const taken: readonly SerialRow[] = form.getFieldValue('serials') ?? [];
    const known = (one: string | undefined) => one?.trim().toLowerCase() === scanned.toLowerCase();
    if (taken.some(({ serial, assetTag }) => known(serial) || known(assetTag))) {
      setTold(t('receive.twice', { code: scanned }));
      return;
    }
    setTold(t('receive.taken', { code: scanned }));
    const before = taken.at(-1);
    if (withTags && before && !before.assetTag) form.setFieldValue(['serials', taken.length - 1, 'assetTag'], scanned);
    else form.setFieldValue('serials', [...taken, { serial: scanned }]);
  };
  return (
    <div className="wide serial-scan">
      <label htmlFor={id}>{t(isTag ? 'receive.scanTag' : 'receive.scan')}</label>
      <div className="row-actions">
        <Input
          id={id}
          className="code"
          prefix={<BarcodeOutlined aria-hidden="true" />}
          value={code}
          maxLength={80}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setCode(event.target.value)}
          onPressEnter={(event) => {
            // Enter ends a code; it does not send the form.
            event.preventDefault();
            take();
          }}
        />
        <Button onClick={take}>{shared('scan.enter')}</Button>
      </div>
      <Checkbox checked={withTags} onChange={(event) => setWithTags(event.target.checked)}>
        {t('receive.withTags')}
      </Checkbox>
      <p className="sub" role="status">
        {told}
      </p>
    </div>
  );
}
