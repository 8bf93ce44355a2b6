import { useTranslation } from 'react-i18next';
import type { DutyRole } from './alert-data.ts';

/** Who a role is, in words. */
export function DutyRoleWords({ role }: { readonly role: DutyRole }) {
  const { t } = useTranslation('alerts');
  if (role.kind === 'named') return <>{role.principal.name}</>;
  if (role.kind === 'expert')
    return <>{role.field ? t('role.expertIn', { field: role.field.name }) : t('role.expert')}</>;
  return <>{t(`role.${role.kind}`)}</>;
}
