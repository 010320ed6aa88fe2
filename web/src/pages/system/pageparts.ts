// What these pages are made with; a test compares it with package.json.

export interface Part {
  name: string
  version: string
  licence: string
}

export const PAGE_PARTS: readonly Part[] = [
  { name: '@fontsource-variable/inter', version: '5.3.0', licence: 'OFL-1.1' },
  { name: '@lucide/vue', version: '1.48.0', licence: 'ISC' },
  { name: '@tanstack/vue-virtual', version: '3.13.52', licence: 'MIT' },
  { name: 'reka-ui', version: '2.11.0', licence: 'MIT' },
  { name: 'sortablejs', version: '1.15.7', licence: 'MIT' },
  { name: 'uplot', version: '1.6.32', licence: 'MIT' },
  { name: 'vue', version: '3.5.45', licence: 'MIT' },
  { name: 'vue-i18n', version: '11.4.2', licence: 'MIT' },
  { name: 'vue-router', version: '5.5.1', licence: 'MIT' },
]
