/**
 * Makes a function that takes secrets out of text, each replaced by `***`: as it is, and as it looks in a URL or in a
 * Basic authorization. The name of a user who has a password is no secret: one as short as `u` is part of many a word.
 */
export function redactor (secrets: readonly (string | undefined)[], urls: readonly URL[] = []): (text: string) => string {
  const forms = new Set<string>()
  const add = (secret: string): void => {
    forms.add(secret).add(encodeURIComponent(secret)).add(encodeURI(secret))
  }
  for (const secret of secrets) if (secret) add(secret)
  for (const { username, password } of urls) {
    const secret = password === '' ? username : password // a token alone stands where a name would
    for (const part of [secret, decoded(secret)]) if (part !== '') add(part)
    if (username !== '' || password !== '') forms.add(Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64'))
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((clean, form) => clean.replaceAll(form, '***'), text)
}

/** A URL for messages: without who asks, and without what follows a question mark. */
export function shown (url: URL): string {
  const plain = new URL(url)
  plain.username = plain.password = plain.search = plain.hash = ''
  return plain.href
}

/** Text that should be a URL, for messages: without what may be a password. */
export function shownText (text: string): string {
  return JSON.stringify(text.replace(/^.*@/s, '***@'))
}

/** What a part of a URL stands for; as it is where it is encoded wrongly. */
export function decoded (part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
