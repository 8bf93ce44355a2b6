import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AllocationForm, Holder } from './words.ts';

interface AllocationLinkProps {
  readonly allocation: { readonly id: string; readonly code: string; readonly form?: AllocationForm };
}

/** An allocation by its code, as the way to its page. */
export function AllocationLink({ allocation: { id, code, form = 'checkout' } }: AllocationLinkProps) {
  return (
    <Link to="/spares/out/$id" params={{ id }} search={form === 'checkout' ? {} : { form }} className="code">
      {code}
    </Link>
  );
}

/** A holder by name, with what kind of holder it is. */
export function HolderName({ holder }: { readonly holder: Holder }) {
  const { t } = useTranslation('spares');
  return (
    <>
      {holder.name}
      <div className="sub">{t(`holderKind.${holder.kind}`)}</div>
    </>
  );
}
