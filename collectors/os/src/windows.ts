import { plainText } from './plain-text.ts'
import type { Distribution } from './distribution.ts'

const desktops = new Map([['6.1', 'Windows 7'], ['6.2', 'Windows 8'], ['6.3', 'Windows 8.1']])

/**
 * @param release the kernel's version: `10.0.22631`
 * @param product what the registry calls the product: `Windows 11 Pro`, `Windows Server 2022 Datacenter`
 */
export function shapeWindows (release: string, product: string): Distribution {
  const [major, minor, build] = release.split('.')
  const server = /Windows Server(?: \d{4}(?: R2)?)?/.exec(product)?.[0]
  return {
    version: server ?? (major === '10' ? (Number(build) >= 22_000 ? 'Windows 11' : 'Windows 10') : desktops.get(`${major}.${minor}`) ?? null),
    distribution: plainText(product),
    release: plainText(build),
    codename: null
  }
}
