import { Button, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import type { ProblemError } from '../api/problem.ts';
import { type Entry, EntryForm } from './entry-form.tsx';
import type { FieldPath } from './form-context.ts';

interface FormButtonProps<Values extends object, Body extends object> {
  /** The button, and what confirms it. */
  readonly label: string;
  /** What happens then, where that is not obvious. */
  readonly text?: ReactNode;
  readonly danger?: boolean;
  readonly small?: boolean;
  readonly initial: Values;
  readonly version?: number;
  readonly bodyOf: (values: Values) => Body;
  readonly fieldOf?: (path: FieldPath) => FieldPath;
  readonly write: { readonly problem: ProblemError | null; readonly isPending: boolean; readonly reset: () => void };
  /** The dialogue closes after it; while it is refused it stays, with what was typed. */
  readonly onSubmit: (entry: Entry<Body>) => Promise<unknown>;
  readonly children: ReactNode;
}

/** A button that opens a form of a few fields in a dialogue. */
export function FormButton<Values extends object, Body extends object>(props: FormButtonProps<Values, Body>) {
  const { label, text, danger = false, small = false, write, onSubmit, children, ...form } = props;
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <>
      <Button
        danger={danger}
        size={small ? 'small' : 'middle'}
        onClick={() => {
          write.reset();
          setIsOpen(true);
        }}
      >
        {label}
      </Button>
      <Modal open={isOpen} title={label} footer={null} onCancel={close} destroyOnHidden>
        {text ? <p>{text}</p> : null}
        <EntryForm
          {...form}
          problem={write.problem}
          isPending={write.isPending}
          submitText={label}
          danger={danger}
          onCancel={close}
          onSubmit={async (entry) => {
            await onSubmit(entry);
            close();
          }}
        >
          {children}
        </EntryForm>
      </Modal>
    </>
  );
}
