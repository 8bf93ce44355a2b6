import type { ReactNode } from 'react';

/** Fields that belong together, under what they are about. */
export function FormGroup({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <fieldset className="form-group">
      <legend>{title}</legend>
      {text ? <p className="sub">{text}</p> : null}
      <div className="form-fields">{children}</div>
    </fieldset>
  );
}
