export interface Catalogue {
  readonly login: string
  readonly logout: string
  readonly name: string
  readonly password: string
  readonly wrong: string
  readonly limited: string
  readonly expired: string
  readonly nobody: string
  readonly setup: string
  readonly setupHint: string
  readonly setupClosed: string
  readonly create: string
  readonly badName: string
  readonly takenName: string
  readonly badPassword: string
  readonly loggedInAs: (name: string) => string
  readonly unavailable: string
}

const en: Catalogue = {
  login: 'Log in',
  logout: 'Log out',
  name: 'Name',
  password: 'Password',
  wrong: 'This name and password don’t belong together.',
  limited: 'Too many attempts. Try again in a few minutes.',
  expired: 'This page was open for too long. Try again.',
  nobody: 'There is nobody yet who could log in. Open the link that the server printed when it started, or run: tatuscan users add',
  setup: 'The first admin',
  setupHint: 'Choose a name and a password of at least 10 characters.',
  setupClosed: 'This link holds no more: an admin was made already, or the server was started again and printed a new link.',
  create: 'Create admin and log in',
  badName: 'A name has 1 to 64 letters, digits and . _ @ + -',
  takenName: 'Somebody has this name already.',
  badPassword: 'A password has at least 10 characters.',
  loggedInAs: (name) => `You are logged in as ${name}.`,
  unavailable: 'The database does not answer right now. Try again in a moment.'
}

const ptBR: Catalogue = {
  login: 'Entrar',
  logout: 'Sair',
  name: 'Nome',
  password: 'Senha',
  wrong: 'Este nome e esta senha não combinam.',
  limited: 'Tentativas demais. Tente de novo em alguns minutos.',
  expired: 'Esta página ficou aberta por tempo demais. Tente de novo.',
  nobody: 'Ainda não há ninguém que possa entrar. Abra o link que o servidor mostrou ao iniciar, ou execute: tatuscan users add',
  setup: 'O primeiro administrador',
  setupHint: 'Escolha um nome e uma senha de pelo menos 10 caracteres.',
  setupClosed: 'Este link não vale mais: um administrador já foi criado, ou o servidor reiniciou e mostrou um novo link.',
  create: 'Criar administrador e entrar',
  badName: 'Um nome tem de 1 a 64 letras, dígitos e . _ @ + -',
  takenName: 'Alguém já tem este nome.',
  badPassword: 'Uma senha tem pelo menos 10 caracteres.',
  loggedInAs: (name) => `Você entrou como ${name}.`,
  unavailable: 'O banco de dados não responde agora. Tente de novo em instantes.'
}

export const catalogues = { en, 'pt-BR': ptBR }
export type Language = keyof typeof catalogues

/** As the visitor chose on the pages, else the first of these that the browser names. */
export function languageOf (chosen: string | undefined, acceptLanguage = ''): Language {
  if (chosen === 'en' || chosen === 'pt-BR') return chosen
  const found = /(?:^|[\s,])(en|pt)\b/i.exec(acceptLanguage)
  return found?.[1]!.toLowerCase() === 'pt' ? 'pt-BR' : 'en'
}
