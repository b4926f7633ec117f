import { en, type Catalogue } from './en.ts'
import { ptBR } from './pt-BR.ts'

export type { Catalogue } from './en.ts'

export const languages = ['en', 'pt-BR'] as const
export type Language = typeof languages[number]

export const catalogues: Readonly<Record<Language, Catalogue>> = { en, 'pt-BR': ptBR }
