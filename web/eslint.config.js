// What the pages may not do, beyond what the type checker sees.
import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import vue from 'eslint-plugin-vue'

export default defineConfigWithVueTs(
  vue.configs['flat/recommended'],
  vueTsConfigs.strict,
  {
    rules: {
      'max-lines': ['error', 400],
      'no-console': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      'vue/no-static-inline-styles': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'any' } }],
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-bare-strings-in-template': ['error', { allowlist: ['·', '/', '–', ':', ',', '.', '(', ')', '</>', '%', 'M'] }],
    },
  },
  // Made from openapi.json: as long as the API is wide.
  { files: ['src/api/schema.ts'], rules: { 'max-lines': 'off' } },
)
