import type { MachineStore } from '../machine-store.ts'
import { claim, type DeclareTest } from './declare-test.ts'
import { comingAndGoing } from './store-suite/coming-and-going.ts'
import { editing } from './store-suite/editing.ts'
import { filtering } from './store-suite/filtering.ts'
import { ordering } from './store-suite/ordering.ts'
import { paging } from './store-suite/paging.ts'
import { reporting } from './store-suite/reporting.ts'
import { restarting } from './store-suite/restarting.ts'
import { sharing } from './store-suite/sharing.ts'
import { streaming } from './store-suite/streaming.ts'
import { summarising } from './store-suite/summarising.ts'
import { tallying } from './store-suite/tallying.ts'
import { values } from './store-suite/values.ts'

/** A store of the test's own, empty. */
export interface StoreFixture {
  readonly machines: MachineStore
  /** Closes the store, as a server does that ends. */
  close (): Promise<void>
  /** Lets go of what the store was kept on, when all is closed. */
  end? (): Promise<void>
}

/** What the conformance suite of stores tests besides. */
export interface StoreSuiteOptions<Fixture extends StoreFixture> {
  /**
   * Opens once more what a fixture's machines are kept on: beside it, as a second server does, or after it has closed, as
   * a restart does. Where it is given, the suite also holds what the store promises across servers and restarts.
   */
  readonly openAgain?: (fixture: Fixture) => Promise<StoreFixture>
}

/** What a claim is made of. */
export interface OpenStore {
  readonly machines: MachineStore
  /** The same machines through another server. */
  another (): Promise<MachineStore>
  /** The same machines after every server has closed. */
  restarted (): Promise<MachineStore>
}

/** Declares a claim about an empty store. */
export type ClaimOfStore = (title: string, body: (store: OpenStore) => Promise<void>) => void

/**
 * What `app.machines` promises, as tests: one call is a store's conformance test.
 *
 * @param test AVA's `test`, or any function that takes a title and an async function
 * @param open makes an empty store; called anew for every test
 * @example testStore(test, 'memory', async () => ({ machines: createMemoryMachines(), close: async () => {} }))
 */
export function testStore<Fixture extends StoreFixture> (
  test: DeclareTest, name: string, open: () => Promise<Fixture>, { openAgain }: StoreSuiteOptions<Fixture> = {}
): void {
  const claimOfStore: ClaimOfStore = (title, body) => {
    claim(test, `${name}: ${title}`, async () => {
      const fixture = await open()
      const opened = new Set<StoreFixture>([fixture])
      const closeAll = async (): Promise<void> => {
        for (const one of opened) {
          opened.delete(one)
          await one.close()
        }
      }
      const another = async (): Promise<MachineStore> => {
        const again = await openAgain!(fixture)
        opened.add(again)
        return again.machines
      }
      try {
        await body({
          machines: fixture.machines,
          another,
          async restarted () {
            await closeAll()
            return await another()
          }
        })
      } finally {
        await closeAll()
        await fixture.end?.()
      }
    })
  }
  for (const declare of [reporting, values, editing, ordering, paging, filtering, streaming, summarising, tallying, comingAndGoing]) declare(claimOfStore)
  if (openAgain !== undefined) for (const declare of [sharing, restarting]) declare(claimOfStore)
}
