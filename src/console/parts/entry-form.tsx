import { Button, Form, Space } from 'antd';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemError } from '../api/problem.ts';
import { changedFields, merged } from './form-changes.ts';
import { type Conflict, conflictOf, FormConflict } from './form-conflict.tsx';
import { type FieldPath, FieldRegister, FormContextOf, pathOfPointer } from './form-context.ts';
import { ProblemAlert } from './problem-alert.tsx';
import './form.css';

interface EntryFormProps<Values extends object, Body extends object> {
  /** What the fields hold at first; of something that is there, as the server has it now. */
  readonly initial: Values;
  /** The version that `initial` is; left out for something new. */
  readonly version?: number;
  /** What is sent for the values of the fields. */
  readonly bodyOf: (values: Values) => Body;
  /** The field that a place in the body stands for, where it is called otherwise there. */
  readonly fieldOf?: (path: FieldPath) => FieldPath;
  readonly problem: ProblemError | null;
  readonly isPending: boolean;
  readonly submitText: string;
  /** What it does cannot be taken back. */
  readonly danger?: boolean;
  /** Sends what was entered: all of it, and of something that is there what differs from the version that is named. */
  readonly onSubmit: (entry: Entry<Body>) => Promise<unknown>;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** What is sent when a form is. */
export interface Entry<Body> {
  readonly body: Body;
  /** Only what was changed; the same as `body` for something new. */
  readonly changed: Partial<Body>;
  /** 0 for something new. */
  readonly version: number;
}

/**
 * A form of the console. Refusals are shown at their fields; nothing that was typed is lost by one. When somebody else has changed
 * the same thing meanwhile, it says what, takes that into the fields that were not touched, and lets the reader decide again.
 */
export function EntryForm<Values extends object, Body extends object>(props: EntryFormProps<Values, Body>) {
  const {
    initial,
    version = 0,
    bodyOf,
    fieldOf,
    problem,
    isPending,
    submitText,
    danger,
    onSubmit,
    onCancel,
    children,
  } = props;
  const { t } = useTranslation('parts');
  const [form] = Form.useForm<Values>();
  const register = useMemo(() => new FieldRegister(), []);
  const context = useMemo(() => ({ register, prefix: [] }), [register]);
  const isStale = problem?.status === 412;
  const { opened, conflict, settle } = useConflict({ initial, version, isStale, form, register });
  const rest = useFieldProblems(problem, register, fieldOf, form);
  const submit = async (shown: Values) => {
    const body = bodyOf({ ...opened.values, ...shown });
    const changed = version === 0 ? body : changedFields(body, bodyOf(opened.values));
    if (version > 0 && Object.keys(changed).length === 0) return onCancel();
    await onSubmit({ body, changed, version: opened.version }).then(settle, () => undefined);
  };
  return (
    <Form<Values>
      form={form}
      className="entry-form"
      layout="vertical"
      requiredMark="optional"
      scrollToFirstError={{ focus: true }}
      initialValues={initial}
      onFinish={() => submit(form.getFieldsValue(true))}
    >
      <FormContextOf value={context}>
        {isStale ? null : <ProblemAlert error={rest} />}
        {isStale || conflict ? (
          <FormConflict
            conflict={conflict}
            onTake={({ path }) => {
              const [root] = path;
              if (root !== undefined) (form as FormOf).setFieldValue(root, initial[root as keyof Values]);
            }}
          />
        ) : null}
        {children}
        <Space wrap className="entry-buttons">
          <Button type="primary" danger={danger ?? false} htmlType="submit" loading={isPending}>
            {submitText}
          </Button>
          <Button onClick={onCancel}>{t('form.cancel')}</Button>
        </Space>
      </FormContextOf>
    </Form>
  );
}

type FormOf = ReturnType<typeof Form.useForm>[0];

interface ConflictProps<Values extends object> {
  readonly initial: Values;
  readonly version: number;
  readonly isStale: boolean;
  readonly form: ReturnType<typeof Form.useForm<Values>>[0];
  readonly register: FieldRegister;
}

/** What the fields were filled with, and after a version conflict what is different now: taken where nothing was typed. */
function useConflict<Values extends object>({ initial, version, isStale, form, register }: ConflictProps<Values>) {
  const [opened, setOpened] = useState({ values: initial, version });
  const [conflict, setConflict] = useState<Conflict>();
  useEffect(() => {
    if (!isStale || version === opened.version) return;
    const typed = { ...opened.values, ...(form.getFieldsValue(true) as Values) };
    setConflict(conflictOf(register, { typed, opened: opened.values, newest: initial }));
    (form as FormOf).setFieldsValue(merged(typed, opened.values, initial));
    setOpened({ values: initial, version });
  }, [isStale, version, opened, initial, form, register]);
  return { opened, conflict, settle: () => setConflict(undefined) };
}

/** Shows what a refusal says of single fields at these, and gives back the rest of it. */
function useFieldProblems<Values>(
  problem: ProblemError | null,
  register: FieldRegister,
  fieldOf: EntryFormProps<object, object>['fieldOf'],
  form: ReturnType<typeof Form.useForm<Values>>[0],
): ProblemError | null {
  const { t } = useTranslation('parts');
  const [rest, setRest] = useState(problem);
  // Each refusal is placed once: what is mended afterwards stays mended, however often the page is shown anew.
  const place = useRef(fieldOf);
  place.current = fieldOf;
  useEffect(() => {
    setRest(problem);
    const fields = problem?.problem?.fields ?? [];
    if (!problem?.problem || fields.length === 0) return;
    const placed = fields.map((field) => {
      const path = pathOfPointer(field.field);
      return { field, shown: register.nearest(place.current ? place.current(path) : path) };
    });
    const messages = new Map<string, { name: (string | number)[]; errors: string[] }>();
    for (const { field, shown } of placed) {
      if (!shown) continue;
      const at = messages.get(shown.path.join('/')) ?? { name: [...shown.path], errors: [] };
      at.errors.push(field.message);
      messages.set(shown.path.join('/'), at);
    }
    const [first] = messages.values();
    if (!first) return;
    (form as FormOf).setFields([...messages.values()]);
    (form as FormOf).scrollToField(first.name, { focus: true });
    const elsewhere = placed.filter(({ shown }) => !shown).map(({ field }) => field);
    // A sentence that names fields as the API does says nothing that these do not say themselves.
    const isSaid = elsewhere.length === 0 && problem.problem.detail.includes('#/');
    const detail = isSaid ? t('form.marked') : problem.problem.detail;
    setRest(new ProblemError(problem.status, { ...problem.problem, detail, fields: elsewhere }));
  }, [problem, register, form, t]);
  return rest;
}
