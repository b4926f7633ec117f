import type { Language } from './locales.ts'

export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password'
  readonly value?: string
  readonly autocomplete: 'username' | 'current-password' | 'new-password'
}

export interface FormPage {
  readonly language: Language
  readonly theme: string | undefined
  readonly title: string
  readonly heading: string
  readonly icon: string | undefined
  readonly stylesheets: readonly string[]
  readonly home: string
  /** What went wrong, or what to know first. */
  readonly message?: string | undefined
  readonly wrong?: boolean
  /** Undefined: there is nothing to fill in. */
  readonly form?: {
    readonly action: string
    readonly submit: string
    readonly fields: readonly Field[]
    readonly hidden: Readonly<Record<string, string>>
  } | undefined
}

/** A page with one form, as HTML; it needs no script. */
export function formPage ({ language, theme, title, heading, icon, stylesheets, home, message, wrong = false, form }: FormPage): string {
  return `<!doctype html>
<html lang="${language}"${theme === 'light' || theme === 'dark' ? ` data-theme="${theme}"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(heading)} · ${escape(title)}</title>
${icon === undefined ? '' : `<link rel="icon" href="${escape(icon)}" type="image/svg+xml">\n`}${stylesheets.map((href) => `<link rel="stylesheet" href="${escape(href)}">`).join('\n')}
</head>
<body>
<header class="top"><div class="inner"><a class="brand" href="${escape(home)}">${escape(title)}</a></div></header>
<main id="content" class="access">
<h1>${escape(heading)}</h1>
${message === undefined ? '' : `<p${wrong ? ' class="wrong" role="alert"' : ''}>${escape(message)}</p>`}
${form === undefined ? '' : formOf(form)}
</main>
</body>
</html>
`
}

function formOf ({ action, submit, fields, hidden }: NonNullable<FormPage['form']>): string {
  const first = fields.find(({ value = '' }) => value === '')
  return `<form method="post" action="${escape(action)}">
${Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`).join('\n')}
${fields.map((field) => `<label>${escape(field.label)} <input name="${field.name}" type="${field.type}" value="${escape(field.value ?? '')}" autocomplete="${field.autocomplete}" maxlength="1000" required${field === first ? ' autofocus' : ''}></label>`).join('\n')}
<button type="submit">${escape(submit)}</button>
</form>`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape (text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!)
}
