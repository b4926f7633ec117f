export { defineConfig, type Config, type ServerConfig } from './config-file.ts'
