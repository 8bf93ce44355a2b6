import type { Dependencies } from './composition/dependencies.ts';
import { homeFacts } from './composition/home-facts.ts';
import { homePage } from './console/home.page.ts';
import type { HtmlPage } from './http/html-page.ts';

/** Every page there is, besides the API reference. */
export const pages = (dependencies: Dependencies): HtmlPage[] => [homePage((db) => homeFacts(db, dependencies))];
