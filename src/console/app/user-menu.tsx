import { UserOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button, Dropdown, type MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { LANGUAGES, type Language } from '../i18n/i18n.ts';
import { type Preferences, setPreferences, usePreferences } from './preferences.ts';
import { useMe } from './session.ts';
import { signOut } from './sign-out.ts';

const THEMES: readonly Preferences['theme'][] = ['auto', 'light', 'dark'];

/** Who is signed in, their account, language and colours, and the way out. */
export function UserMenu() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const navigate = useNavigate();
  const { language, theme } = usePreferences();
  const items: MenuProps['items'] = [
    { key: 'account', label: t('user.account'), onClick: () => void navigate({ to: '/account' }) },
    {
      key: 'language',
      type: 'group',
      label: t('user.language'),
      children: (Object.keys(LANGUAGES) as Language[]).map((key) => ({
        key: `language-${key}`,
        label: `${LANGUAGES[key]}${key === language ? ' ✓' : ''}`,
        onClick: () => setPreferences({ language: key }),
      })),
    },
    {
      key: 'theme',
      type: 'group',
      label: t('user.theme'),
      children: THEMES.map((key) => ({
        key: `theme-${key}`,
        label: `${t(`user.themes.${key}`)}${key === theme ? ' ✓' : ''}`,
        onClick: () => setPreferences({ theme: key }),
      })),
    },
    { type: 'divider' },
    { key: 'sign-out', label: t('user.signOut'), onClick: signOut },
  ];
  return (
    <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
      <Button type="text" icon={<UserOutlined />}>
        {me?.name}
      </Button>
    </Dropdown>
  );
}
