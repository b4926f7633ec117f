export default {
  files: [
    'core/test/**/*.test.ts',
    'collectors/*/test/**/*.test.ts',
    'server-plugins/*/test/**/*.test.ts',
    'cli/test/**/*.test.ts',
    'examples/*/test/**/*.test.ts',
    'scripts/test/**/*.test.ts',
    'deploy/test/**/*.test.ts',
    'docs/test/**/*.test.ts'
  ],
  extensions: ['ts'],
  timeout: '3m',
  concurrency: 2
}
