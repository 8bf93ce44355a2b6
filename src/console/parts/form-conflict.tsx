import { Alert, Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type FieldPath, type FieldRegister, isSame, valueAt } from './form-context.ts';

interface ConflictRow {
  readonly path: FieldPath;
  readonly label: string;
  readonly now: ReactNode;
  /** What was typed here instead; undefined where the field was not touched. */
  readonly typed: ReactNode | undefined;
}

/** What somebody else has changed while a form was open. */
export type Conflict = readonly ConflictRow[];

interface Three {
  readonly typed: object;
  readonly opened: object;
  readonly newest: object;
}

/** Which of the fields that are shown are others than when the form was opened, and what was typed into them here. */
export function conflictOf(register: FieldRegister, { typed, opened, newest }: Three): Conflict {
  return [...register.fields.values()].flatMap(({ path, label, say }) => {
    const now = valueAt(newest, path);
    if (isSame(now, valueAt(opened, path))) return [];
    const mine = valueAt(typed, path);
    const isTyped = !(isSame(mine, valueAt(opened, path)) || isSame(mine, now));
    return [{ path, label, now: say(now), typed: isTyped ? say(mine) : undefined }];
  });
}

interface FormConflictProps {
  /** Undefined while the newest state is being read. */
  readonly conflict: Conflict | undefined;
  /** Puts what is there now into a field, in place of what was typed. */
  readonly onTake: (row: ConflictRow) => void;
}

/** Says that nothing was saved because somebody else was faster, what they have changed, and how to go on. */
export function FormConflict({ conflict, onTake }: FormConflictProps) {
  const { t } = useTranslation('parts');
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      className="problem"
      title={t('form.conflict.title')}
      description={
        conflict === undefined ? (
          t('form.conflict.reading')
        ) : (
          <>
            <p>{t('form.conflict.text')}</p>
            <ul className="conflict-rows">
              {conflict.map((row) => (
                <li key={row.path.join('/')}>
                  {t('form.conflict.now', { field: row.label })} <strong>{row.now}</strong>
                  {row.typed === undefined ? null : (
                    <>
                      {' · '}
                      {t('form.conflict.typed')} <strong>{row.typed}</strong>{' '}
                      <Button size="small" onClick={() => onTake(row)}>
                        {t('form.conflict.take')}
                      </Button>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </>
        )
      }
    />
  );
}
