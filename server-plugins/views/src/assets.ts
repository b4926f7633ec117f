import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

/** What the pages load, in memory: plain, and as it goes over the wire where the browser can unpack it. */
export interface Asset {
  readonly name: string
  /** Made from its content, so that browsers may keep it for good. */
  readonly version: string
  readonly type: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

/** The chart library's name among the assets. */
export const libraryName = 'chart.js'

const types: Readonly<Record<string, string>> = { '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml' }

/** @param colours rules that the stylesheet ends with */
export async function readAssets (colours: string): Promise<Asset[]> {
  const folder = new URL('./assets/', import.meta.url)
  const files = (await readdir(folder)).map((name) => ({ name, file: new URL(name, folder) }))
  const library = { name: libraryName, file: new URL('chart.umd.min.js', import.meta.resolve('chart.js')) }
  return await Promise.all([...files, library].map(async ({ name, file }) => {
    const read = await readFile(file)
    const plain = name === 'style.css' ? Buffer.from(short(String(read) + colours)) : read
    const version = createHash('sha256').update(plain).digest('hex').slice(0, 12)
    return { name, version, type: types[extname(name)]!, plain, zipped: await promisify(gzip)(plain) }
  }))
}

/** Serves the assets, to anybody: the page to log in has the same style. They hold no secret, so that packing them tells none. */
export function serveAssets (app: FastifyInstance, assets: readonly Asset[]): void {
  for (const { name, version, type, plain, zipped } of assets) {
    app.get(`/assets/${name}`, { config: { access: 'public' }, schema: { hide: true } }, async ({ headers }, reply) => {
      const packs = /\bgzip\b(?!;q=0(\.0*)?(,|$))/.test(String(headers['accept-encoding'] ?? '').replaceAll(' ', ''))
      const etag = `"${version}${packs ? 'gzip' : ''}"`
      reply.type(type).headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'Accept-Encoding', etag })
      if (headers['if-none-match'] === etag) return await reply.code(304).send()
      if (packs) reply.header('content-encoding', 'gzip')
      return await reply.send(packs ? zipped : plain)
    })
  }
}

/** A stylesheet without what is for its readers alone. */
function short (css: string): string {
  return css.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\n\s*/g, '').replaceAll(/\s*([{};])\s*|(?<=:) +|(?<=,) +(?=[-.:#[\w])/g, '$1').replaceAll(';}', '}').replaceAll(' > ', '>')
}
