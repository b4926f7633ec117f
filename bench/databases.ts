import { createDatabase, kinds, type Kind, type TestDatabase } from '../server-plugins/storage/test/create-database.ts'

export { createDatabase, kinds, type Kind, type TestDatabase }

export const names: Readonly<Record<Kind, string>> = { sqlite: 'SQLite', postgresql: 'PostgreSQL', mysql: 'MySQL/MariaDB' }
