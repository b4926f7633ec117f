/**
 * MACs that many machines share. The list is GLPI's default blacklist, less what is locally administered anyway, and
 * the ones of Cisco's AnyConnect adapter, which is the same wherever it is installed, and of USB adapters that all have one.
 */
const placeholders = new Set([
  'ff:ff:ff:ff:ff:ff',
  '00:11:22:33:44:55',
  '00:0b:ca:fe:00:00',
  '00:e0:4c:53:44:58', // every USB adapter with a DM9601 or RD9700 of the cheap sort
  '00:a0:c6:00:00:00', // Qualcomm Gobi modems
  '20:41:53:59:4e:ff', // Windows' RAS adapter
  '24:b6:20:52:41:53', // Windows' WAN miniports
  '50:50:54:50:30:30', // the same, PPTP
  '00:50:56:c0:00:01', // VMware's host-only networks
  '00:50:56:c0:00:02',
  '00:50:56:c0:00:08',
  '00:05:9a:3c:78:00', // Cisco AnyConnect
  '00:05:9a:3c:7a:00'
])

/** Of an IPv6 address written as octets. */
const ipv6Length = 16 * 3 - 1

/**
 * Lower case, with colons. Null for what is no MAC: nothing, zeros, and the IP address that a tunnel tells in its
 * place. InfiniBand's have 20 octets and are taken whole, as the original does.
 */
export function parseMac (text: string): string | null {
  const mac = text.trim().toLowerCase().replaceAll('-', ':')
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5,19}$/.test(mac) || /^[0:]+$/.test(mac)) return null
  return mac.length === ipv6Length ? null : mac
}

export function isPlaceholder (mac: string): boolean {
  return placeholders.has(mac)
}

/** Somebody made it up: a hypervisor, a container engine, a phone's privacy setting. */
export function isLocallyAdministered (mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0x02) !== 0
}
