import { Flags } from '@oclif/core'

/** The flags of `serve` that tell where it is reached. */
export const addressFlags = {
  host: Flags.string({ summary: 'Address to listen on [default: 127.0.0.1]', env: 'TATUSCAN_HOST', helpValue: 'ADDRESS' }),
  port: Flags.string({ summary: 'Port to listen on, 0 for a free one; else PORT [default: 8040]', env: 'TATUSCAN_PORT', helpValue: 'PORT' }),
  prefix: Flags.string({ summary: 'Path below which everything is, as behind a proxy', env: 'TATUSCAN_PREFIX', helpValue: '/PATH' }),
  'tls-cert-file': Flags.string({ summary: 'Certificate (PEM) to speak TLS with, and those between it and its authority', env: 'TATUSCAN_TLS_CERT_FILE', helpValue: 'FILE' }),
  'tls-key-file': Flags.string({ summary: 'Key (PEM) of that certificate', env: 'TATUSCAN_TLS_KEY_FILE', helpValue: 'FILE' }),
  'tls-client-ca-file': Flags.string({ summary: 'Let in only who has a certificate of these authorities (PEM)', env: 'TATUSCAN_TLS_CLIENT_CA_FILE', helpValue: 'FILE' })
}
