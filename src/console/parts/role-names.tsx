import { useTranslation } from 'react-i18next';
import type { Role } from '../app/session.ts';

/** The roles that somebody has, in words. */
export function RoleNames({ roles }: { readonly roles: readonly Role[] }) {
  const { t } = useTranslation();
  return <>{roles.length === 0 ? t('noRoles') : roles.map((role) => t(`roles.${role}`)).join(t('separator'))}</>;
}
