import neostandard from 'neostandard'

export default [
  { ignores: ['**/dist/', '.release/', '**/node_modules/', '**/fixtures/', 'core/src/testing/machines/'] },
  ...neostandard({ ts: true }),
  {
    rules: {
      // TypeScript's own check covers these better
      'no-undef': 'off',
      // The wire format is snake_case, and the code uses its names
      camelcase: 'off',
      '@stylistic/max-len': ['error', { code: 180, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreComments: true }]
    }
  }
]
