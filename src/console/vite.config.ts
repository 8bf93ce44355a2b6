import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Everything comes from our own files: nothing is inlined (the page's policy forbids it), nothing is loaded from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: 'CSP_NONCE' },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});
