import pluginVue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/wire.ts'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  ...pluginVue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      complexity: ['error', 8],
      'max-lines': ['error', { max: 150 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'no-console': 'error',
      'no-restricted-globals': ['error', 'event', 'name', 'status'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-macros-order': 'error',
      'vue/no-static-inline-styles': 'error', // the Content-Security-Policy forbids style attributes
      'vue/no-v-html': 'error',
      'vue/max-attributes-per-line': 'off', // the layout of templates is free
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multi-word-component-names': 'off', // file names such as Icon.vue are allowed
    },
  },
  {
    files: ['src/composables/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 120 }] },
  },
  {
    files: ['**/*.spec.ts', 'src/testing/**', 'dev/**'],
    rules: { 'max-lines': ['error', { max: 300 }], 'max-lines-per-function': 'off', 'no-console': 'off', 'vue/one-component-per-file': 'off' },
  },
)
