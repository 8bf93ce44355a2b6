import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { FormButton } from '../parts/form-button.tsx';
import type { FieldPath } from '../parts/form-context.ts';
import { NumberField, TextField } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { PRODUCTS } from '../parts/lookups.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Installation } from './licences.words.ts';

interface Found {
  readonly source: string;
  readonly productId: string;
  readonly host: string;
  readonly key: string;
  readonly quantity: number;
  readonly isRemoved?: boolean;
}

const useReport = () =>
  useWrite(({ source, ...installation }: Found, header) =>
    api.POST('/installations', { body: { source, installations: [installation] }, params: { header } }),
  );

const fieldOf = ([first = '', _row, field = 'host']: FieldPath): FieldPath => [
  first === 'installations' ? field : first,
];

interface FoundValues {
  readonly productId: string | null;
  readonly host: string;
  readonly source: string;
  readonly key: string;
  readonly quantity: number | null;
}

/** Takes down by hand what was found installed; what a scanner reports comes over the API. */
export function AddInstallation() {
  const { t } = useTranslation('licences');
  const can = useCan();
  const report = useReport();
  if (!can('licence.write')) return null;
  const initial: FoundValues = {
    productId: null,
    host: '',
    source: t('installationEntry.byHand'),
    key: '',
    quantity: 1,
  };
  return (
    <FormButton
      label={t('installationEntry.add')}
      text={t('installationEntry.text')}
      initial={initial}
      bodyOf={({ productId, host, source, key, quantity }) => ({
        source: source.trim(),
        productId: productId ?? '',
        host: host.trim(),
        key: key.trim() || `${productId} ${host.trim()}`,
        quantity: quantity ?? 1,
      })}
      fieldOf={fieldOf}
      write={report}
      onSubmit={({ body }) => report.write(body)}
    >
      <LookupField name="productId" label={t('product')} lookup={PRODUCTS} required />
      <TextField name="host" label={t('installations.host')} lengthMax={160} required />
      <NumberField name="quantity" label={t('installationEntry.seats')} min={1} max={10_000_000} required />
      <TextField
        name="source"
        label={t('installations.source')}
        help={t('installationEntry.sourceHelp')}
        lengthMax={80}
        required
      />
      <TextField
        name="key"
        label={t('installationEntry.key')}
        help={t('installationEntry.keyHelp')}
        lengthMax={200}
        isCode
      />
    </FormButton>
  );
}

/** Says that an installation is not there any more; the next report of its source can bring it back. */
export function RemoveInstallation({ installation }: { readonly installation: Installation }) {
  const { t } = useTranslation('licences');
  const can = useCan();
  const report = useReport();
  const { source, product, host, key, quantity, removedAt } = installation;
  if (removedAt !== null || !can('licence.write')) return null;
  return (
    <>
      <ConfirmedButton
        small
        label={t('installationEntry.remove')}
        ask={t('installationEntry.removeAsk')}
        loading={report.isPending}
        onConfirm={() =>
          report.write({ source, productId: product.id, host, key, quantity, isRemoved: true }).catch(() => undefined)
        }
      />
      <ProblemAlert error={report.problem} />
    </>
  );
}
