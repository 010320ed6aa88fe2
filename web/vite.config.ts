/// <reference types="vitest/config" />
// The build: one shell, one chunk a page, names by content, so that the same source gives the same octets.
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// Pages that have something in common before it comes with what all of them share.
const SHARED_BY = 20

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: '/admin/',
  plugins: [vue(), tailwind()],
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: process.env.MAILMAX_DIST ?? here('../src/mailmax/webadmin/dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Octets in a data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What the first page needs in any case: one file of our own, one of the libraries. Apart, some
    // sixty scraps would each be asked for and be named in the list of every page. So would what
    // many pages share.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 2 },
            { name: 'shell', tags: ['$initial'], test: (id) => !id.endsWith('/src/main.ts'), priority: 1 },
            { name: 'shared', minShareCount: SHARED_BY },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': process.env.MAILMAX_WEB ?? 'http://127.0.0.1:8080' } },
  test: { include: ['tests/**/*.test.ts'], environment: 'jsdom' },
})
