import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemError } from '../api/problem.ts';
import { FormButton } from './form-button.tsx';
import { TextField } from './form-fields.tsx';

interface ReasonButtonProps {
  /** The button, and what confirms it. */
  readonly label: string;
  /** What happens then. */
  readonly text: ReactNode;
  readonly danger?: boolean;
  readonly small?: boolean;
  /** The API can do without it. */
  readonly isOptional?: boolean;
  readonly write: { readonly problem: ProblemError | null; readonly isPending: boolean; readonly reset: () => void };
  readonly onConfirm: (reason: string) => Promise<unknown>;
}

/** A button for what is kept with its reason, such as taking something out of use: says what happens, and asks why. */
export function ReasonButton({ isOptional = false, onConfirm, ...props }: ReasonButtonProps) {
  const { t } = useTranslation('parts');
  return (
    <FormButton<{ reason: string }, { reason: string }>
      {...props}
      initial={{ reason: '' }}
      bodyOf={({ reason }) => ({ reason: reason.trim() })}
      onSubmit={({ body }) => onConfirm(body.reason)}
    >
      <TextField name="reason" label={t('form.reason')} lengthMax={500} rows={3} required={!isOptional} />
    </FormButton>
  );
}
