import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { nameStyles } from './app/named-styles.ts';
import { preferences } from './app/preferences.ts';
import { router } from './app/router.tsx';
import { Theme } from './app/theme.tsx';
import { startTexts } from './i18n/i18n.ts';
import { Waiting } from './parts/waiting.tsx';
import './style.css';

nameStyles();
await startTexts(preferences().language);
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <Theme>
        <Suspense fallback={<Waiting />}>
          <RouterProvider router={router} />
        </Suspense>
      </Theme>
    </QueryClientProvider>
  </StrictMode>,
);
