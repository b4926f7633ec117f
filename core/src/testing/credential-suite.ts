import type { CredentialStore } from '../credential-store.ts'
import { keys } from './credential-suite/keys.ts'
import { people } from './credential-suite/people.ts'
import { together } from './credential-suite/together.ts'
import { tokens } from './credential-suite/tokens.ts'
import { claim, type DeclareTest } from './declare-test.ts'

/** A store of the test's own, empty. */
export interface CredentialFixture {
  readonly credentials: CredentialStore
  /** Closes the store, as a server does that ends. */
  close (): Promise<void>
  /** Lets go of what the store was kept on, when all is closed. */
  end? (): Promise<void>
}

/** Declares a claim about an empty store; `another` opens the same one as a second server. */
export type ClaimOfCredentials = (title: string, body: (store: { readonly credentials: CredentialStore, another (): Promise<CredentialStore> }) => Promise<void>) => void

/** What the conformance suite of credential stores tests besides. */
export interface CredentialSuiteOptions<Fixture extends CredentialFixture> {
  /** Opens once more what a fixture is kept on. Where it is given, the suite also holds what is promised across servers. */
  readonly openAgain?: (fixture: Fixture) => Promise<CredentialFixture>
}

/**
 * What `app.credentials` promises, as tests: one call is a store's conformance test.
 *
 * @param test AVA's `test`, or any function that takes a title and an async function
 * @param open makes an empty store; called anew for every test
 */
export function testCredentials<Fixture extends CredentialFixture> (
  test: DeclareTest, name: string, open: () => Promise<Fixture>, { openAgain }: CredentialSuiteOptions<Fixture> = {}
): void {
  const claimOfCredentials: ClaimOfCredentials = (title, body) => {
    claim(test, `${name}: ${title}`, async () => {
      const fixture = await open()
      const opened: CredentialFixture[] = [fixture]
      try {
        await body({
          credentials: fixture.credentials,
          async another () {
            const again = await openAgain!(fixture)
            opened.push(again)
            return again.credentials
          }
        })
      } finally {
        for (const one of opened) await one.close()
        await fixture.end?.()
      }
    })
  }
  for (const declare of [people, tokens, keys]) declare(claimOfCredentials)
  if (openAgain !== undefined) together(claimOfCredentials)
}
