import type { Static, TSchema } from 'typebox'

const text = { type: ['string', 'null'] } as const

export const schema = {
  title: 'Operating system',
  type: 'object',
  additionalProperties: false,
  required: [
    'hostname', 'platform', 'version', 'distribution', 'release', 'codename', 'kernel', 'architecture',
    'boot_time', 'machine_id', 'hardware_uuid', 'virtualization', 'virtualization_kind'
  ],
  properties: {
    hostname: { ...text, title: 'Hostname' },
    platform: { type: 'string', title: 'Platform', description: 'linux, windows or darwin', indexed: true },
    version: { ...text, title: 'Version', description: 'name and version as people read it', indexed: true },
    distribution: { ...text, title: 'Distribution', description: 'the name alone', indexed: true },
    release: { ...text, title: 'Release', description: 'the version alone; on Windows the build', indexed: true },
    codename: { ...text, title: 'Codename' },
    kernel: { ...text, title: 'Kernel', indexed: true },
    architecture: { ...text, title: 'Architecture', description: 'as uname -m names it on Linux', indexed: true },
    boot_time: { type: ['string', 'null'], format: 'date-time', title: 'Started', description: 'UTC' },
    machine_id: { ...text, title: 'Machine id', description: 'the operating system’s own' },
    hardware_uuid: { ...text, title: 'Hardware UUID' },
    virtualization: { enum: ['none', 'vm', 'container', null], title: 'Virtualisation', indexed: true },
    virtualization_kind: { ...text, title: 'Hypervisor or container engine', indexed: true }
  }
} as const satisfies TSchema

/** What the os collector tells; null is unknown. */
export type OsFacts = Static<typeof schema>
