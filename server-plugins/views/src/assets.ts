import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export const assetsFolder = fileURLToPath(new URL('./assets/', import.meta.url))

/** The chart library's name among the assets. */
export const libraryName = 'chart.js'

export interface Assets {
  /** The stylesheet, a host's colours at its end. */
  readonly style: string
  /** What draws charts in a browser: Chart.js in one file. */
  readonly library: { readonly plain: Buffer, readonly gzip: Buffer }
  /** The version of each, made from its content, so that browsers may keep it for good. */
  readonly versions: ReadonlyMap<string, string>
}

/** @param colours rules that the stylesheet ends with */
export async function readAssets (colours: string): Promise<Assets> {
  const names = await readdir(assetsFolder)
  const style = short(await readFile(`${assetsFolder}style.css`, 'utf8') + colours)
  const plain = await readFile(new URL('chart.umd.min.js', import.meta.resolve('chart.js')))
  const versions = await Promise.all(names.map(async (name): Promise<[string, string]> => {
    const content = name === 'style.css' ? style : await readFile(assetsFolder + name)
    return [name, versionOf(content)]
  }))
  return { style, library: { plain, gzip: await promisify(gzip)(plain) }, versions: new Map([...versions, [libraryName, versionOf(plain)]]) }
}

function versionOf (content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

/** A stylesheet without what is for its readers alone. */
function short (css: string): string {
  return css.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\n\s*/g, '').replaceAll(/\s*([{};])\s*/g, '$1')
}
