/** Folders that a hardened service can't see, or that are gone when the machine starts. */
const hidden = ['/home', '/root', '/run', '/tmp', '/var/tmp', '/Users', '/private/tmp']

/**
 * What is wrong with a service made of these programs: in a home folder they are out of its sight, and what one user may
 * write another one, root say, shouldn't run.
 */
export function unreachable (paths: readonly string[]): string | undefined {
  const path = paths.find((path) => hidden.some((folder) => path.startsWith(`${folder}/`)))
  return path && `a service can't run ${path}, since it lies in a folder that is hidden from services: install Node.js and tatuscan for the whole machine, ` +
    'as with: sudo npm install --global tatuscan'
}
