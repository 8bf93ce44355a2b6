import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form } from 'antd';
import { type ReactNode, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { FormContextOf, useShownField } from './form-context.ts';

interface FormRowsProps {
  readonly name: string | readonly string[];
  readonly label: string;
  /** The button that adds a row. */
  readonly addText: string;
  /** What a new row holds. */
  readonly added: object;
  readonly max: number;
  /** The fields of a row; their names begin with the number that is given. */
  readonly children: (row: number) => ReactNode;
}

/** A list in a form: rows of fields that can be added and taken away. */
export function FormRows({ name, label, addText, added, max, children }: FormRowsProps) {
  const { t } = useTranslation('parts');
  const { register, prefix } = useContext(FormContextOf);
  const path = [name].flat();
  const key = path.join('/');
  const inside = useMemo(() => ({ register, prefix: [...prefix, ...key.split('/')] }), [register, prefix, key]);
  useShownField(path, label, (rows) => t('form.rows', { count: Array.isArray(rows) ? rows.length : 0 }));
  return (
    <Form.List name={path}>
      {(rows, { add, remove }, { errors }) => (
        <fieldset className="form-rows" aria-label={label}>
          <FormContextOf value={inside}>
            {rows.map((row) => (
              <div key={row.key} className="form-row">
                {children(row.name)}
                <Button
                  icon={<DeleteOutlined />}
                  aria-label={t('form.removeRow', { row: row.name + 1 })}
                  onClick={() => remove(row.name)}
                />
              </div>
            ))}
          </FormContextOf>
          <Form.ErrorList errors={errors} />
          {rows.length < max ? (
            <Button icon={<PlusOutlined />} onClick={() => add(added)}>
              {addText}
            </Button>
          ) : null}
        </fieldset>
      )}
    </Form.List>
  );
}
