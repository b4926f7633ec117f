import { armModel } from './arm-model.ts'

/** What holds while no core comes or goes. */
export interface Processor {
  readonly model: string | null
  readonly physical_cores: number | null
  readonly logical_cores: number | null
}

/**
 * @param cpuinfo the text of /proc/cpuinfo
 * @param siblings each core's `topology/thread_siblings_list`, where `/sys` has them: equal texts share a physical core
 */
export function shapeProcessor (cpuinfo: string, siblings: readonly string[]): Processor {
  const sections = cpuinfo.split(/\n\s*\n/).map(parseSection)
  const processors = sections.filter((section) => section.has('processor'))
  const named = sections.flatMap((section) => ['model name', 'cpu model', 'cpu'].map((key) => section.get(key)))
  return {
    model: oneLine(named.find((name) => name !== undefined && name !== '')) ?? armModel(processors),
    physical_cores: coresByIds(processors) ?? (new Set(siblings).size || null),
    logical_cores: processors.length || null
  }
}

/** One line without runs of spaces; null where nothing is left. */
export function oneLine (text: string | undefined): string | null {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text?.replaceAll(/[\u0000-\u001f\u007f\s]+/g, ' ').trim().slice(0, 256).toWellFormed() || null
}

function parseSection (section: string): Map<string, string> {
  return new Map([...section.matchAll(/^([^:\n]+?)\s*:[^\S\n]*(.*)$/gm)].map(([, key, value]) => [key!, value!.trim()]))
}

/** Only x86 tells these ids; where one processor lacks them, none is trusted. */
function coresByIds (processors: ReadonlyArray<ReadonlyMap<string, string>>): number | null {
  const ids = processors.map((processor) => [processor.get('physical id'), processor.get('core id')])
  return ids.length > 0 && ids.flat().every((id) => id !== undefined) ? new Set(ids.map(String)).size : null
}
