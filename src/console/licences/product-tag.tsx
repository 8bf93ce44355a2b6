import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';

interface ProductTagProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** The product to which a list is narrowed; it can be taken away. */
export function ProductTag({ id, onClose }: ProductTagProps) {
  const { t } = useTranslation('licences');
  const { data } = $api.useQuery('get', '/licence-products/{id}', { params: { path: { id } } });
  return (
    <Tag closable={{ 'aria-label': t('dropFilter') }} onClose={onClose}>
      {t('product')}: {data?.name}
    </Tag>
  );
}
