/** UUIDs that makers left in place of one of the machine's own, less their hyphens. */
const placeholders = new Set([
  '03000200040005000006000700080009',
  '00020003000400050006000700080009', // the same, its first fields in the other byte order
  '0123456789abcdef0123456789abcdef',
  '12345678123456781234567812345678',
  '123456781234567890abcddeefaabbcc',
  '000102030405060708090a0b0c0d0e0f',
  '11111111222233334444555555555555',
  '07090201010303010807060504030201',
  '4c4c454400002010802080c04f202020', // Dell, where no service tag was written
  '6ab5b300538d10149fb5b0684d007b53', // on GLPI's default blacklist
  '890e2d14cacd45d1ae66bc80e8bfeb0f',
  '8e275844178f44a8aceba7d7e5178c63',
  'dc698397fa544cf282c8b1b5307a6a7f'
])

/**
 * The id of machine-id(5): 32 hexadecimal digits, lower case.
 *
 * @returns null where it is `uninitialized`, empty, malformed or a placeholder: then it tells no machine from another
 */
export function machineIdOf (text: string | undefined): string | null {
  const id = (text ?? '').trim().toLowerCase()
  return /^[0-9a-f]{32}$/.test(id) && !isPlaceholder(id) ? id : null
}

/** A UUID in lower case; null where it is malformed or a placeholder. */
export function uuidOf (text: string | undefined): string | null {
  const uuid = (text ?? '').trim().toLowerCase().replace(/^\{(.*)\}$/, '$1')
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && !isPlaceholder(uuid.replaceAll('-', '')) ? uuid : null
}

function isPlaceholder (digits: string): boolean {
  return /^(..)\1*$/.test(digits) || placeholders.has(digits)
}
