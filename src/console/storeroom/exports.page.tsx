import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { API_ROOT } from '../api/client.ts';
import { type Permission, useCan } from '../app/session.ts';
import { Section } from '../parts/section.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import { IMPORT_KINDS, type ImportQuery } from './words.ts';

/** What one must be allowed to read to have it as a file. */
const PERMISSIONS: Record<ImportQuery['kind'], Permission> = {
  locations: 'inventory.read',
  parts: 'inventory.read',
  fits: 'inventory.read',
  units: 'inventory.read',
  stock: 'inventory.read',
  products: 'licence.read',
  entitlements: 'licence.read',
  installations: 'licence.read',
  persons: 'people.read',
  checkouts: 'allocation.read',
};

/** Everything that there is of each kind, as a file that an import takes back. */
export function ExportsPage() {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  return (
    <StoreroomPage title={t('exports.title')}>
      <Section title={t('exports.files')}>
        <p>{t('exports.text')}</p>
        <ul className="plain-list">
          {IMPORT_KINDS.filter((kind) => can(PERMISSIONS[kind])).map((kind) => (
            <li key={kind} className="count-row">
              <span>
                {t(`importKind.${kind}`)} <span className="code sub">{`${kind}.csv`}</span>
              </span>
              <Button
                icon={<DownloadOutlined aria-hidden="true" />}
                href={`${API_ROOT}/exports/${kind}.csv`}
                download
                aria-label={t('exports.of', { kind: t(`importKind.${kind}`) })}
              >
                {t('exports.download')}
              </Button>
            </li>
          ))}
        </ul>
      </Section>
    </StoreroomPage>
  );
}
