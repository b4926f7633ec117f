/** How long until there is an answer, in milliseconds: a server that still reads its machines says 503. */
export async function untilAnswered (ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  for (;;) {
    try {
      await ask()
      return performance.now() - began
    } catch (error) {
      if (!/: 503 /.test(String(error)) || performance.now() - began > 60_000) throw error
    }
  }
}

/** Tells on stderr what goes on. */
export function progress (what: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1B[K${what}` : `${what}\n`)
}

/** Reads an answer to its end. @throws where it is no success */
export async function drain (url: string): Promise<void> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  await answer.body!.pipeTo(new WritableStream())
}
