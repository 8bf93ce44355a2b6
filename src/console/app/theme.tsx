import { App, ConfigProvider, theme } from 'antd';
import type { Locale } from 'antd/es/locale';
import dayjs from 'dayjs';
import i18next from 'i18next';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { currentLanguage, type Language } from '../i18n/i18n.ts';
import { STYLE_NONCE } from './named-styles.ts';
import { usePreferences } from './preferences.ts';

const darkWish = matchMedia('(prefers-color-scheme: dark)');

const printing = matchMedia('print');

function useMatch(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}

/** Whether the console is shown dark now; what is printed is light, whatever the screen is. */
export function useDark(): boolean {
  const wished = useMatch(darkWish);
  const isPrinted = useMatch(printing);
  const { theme: chosen } = usePreferences();
  if (isPrinted) return false;
  return chosen === 'auto' ? wished : chosen === 'dark';
}

const LOCALES: Record<Language, () => Promise<Locale>> = {
  en: async () => (await import('antd/es/locale/en_US')).default,
  zh: async () => {
    await import('dayjs/locale/zh-cn');
    return (await import('antd/es/locale/zh_CN')).default;
  },
};

/** Colours, type and the words of the components' library. Each text of the console has a contrast of at least 4.5 to 1. */
export function Theme({ children }: { readonly children: ReactNode }) {
  const dark = useDark();
  const { language } = usePreferences();
  const [locale, setLocale] = useState<Locale>();
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  useEffect(() => {
    if (currentLanguage() !== language) void i18next.changeLanguage(language);
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    void LOCALES[language]().then((loaded) => {
      dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
      setLocale(loaded);
    });
  }, [language]);
  return (
    <ConfigProvider
      csp={{ nonce: STYLE_NONCE }}
      button={{ autoInsertSpace: false }}
      {...(locale ? { locale } : {})}
      theme={{
        algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: dark ? '#5b9fd6' : '#23608f',
          colorError: dark ? '#f0787b' : '#b3261e',
          colorLink: dark ? '#79b4e3' : '#23608f',
          // The paler one that would be made of it cannot be read on every ground.
          colorLinkHover: dark ? '#a9d0f0' : '#16466b',
          colorLinkActive: dark ? '#a9d0f0' : '#16466b',
          colorTextSecondary: dark ? '#a8b3bd' : '#55606d',
          colorTextTertiary: dark ? '#a8b3bd' : '#55606d',
          colorTextDescription: dark ? '#a8b3bd' : '#55606d',
          colorTextPlaceholder: dark ? '#98a3ad' : '#66717d',
          borderRadius: 6,
          fontFamily: "system-ui, 'Noto Sans SC', sans-serif",
          motionDurationMid: '0.1s',
          motionDurationSlow: '0.15s',
        },
        components: { Button: { primaryColor: dark ? '#0f1418' : '#fff' } },
      }}
    >
      <App message={{ maxCount: 3 }}>{children}</App>
    </ConfigProvider>
  );
}
