import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';

/** The languages of the console, as they call themselves. */
export const LANGUAGES = { en: 'English', zh: '中文' } as const;

export type Language = keyof typeof LANGUAGES;

/** One file a language and area, `area/area.LANGUAGE.json`; the area's name is the namespace. Loaded when it is first needed. */
const FILES = import.meta.glob<Record<string, unknown>>('../*/*.{en,zh}.json', { import: 'default' });

const files: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: async (language, namespace) => {
    const load = FILES[`../${namespace}/${namespace}.${language}.json`];
    if (!load) throw new Error(`no texts of ${namespace} in ${language}`);
    return load() as Promise<never>;
  },
};

/** Makes the texts of a language ready. */
export async function startTexts(language: Language): Promise<void> {
  await i18next
    .use(files)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      supportedLngs: Object.keys(LANGUAGES),
      ns: ['app', 'parts'],
      defaultNS: 'app',
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

/** The language that is shown now. */
export const currentLanguage = (): Language => i18next.language as Language;
