import { roleText, type Role, type Service } from './service.ts'

/**
 * A hardened unit. What each line is for:
 *
 * - The agent is root without any capability: hardware UUIDs (`/sys/class/dmi/id/product_uuid`), which tell clones apart,
 *   are readable for root alone, and `sudo tatuscan collect` finds the state folder that is also the service's. The server
 *   needs nothing of the kind, and is a user of its own that exists while it runs.
 * - No MemoryDenyWriteExecute, since V8 writes the code that it runs; no ProcSubset=pid, which hides /proc/meminfo.
 *   AF_NETLINK is how network interfaces are listed.
 * - The agent has no ProtectHostname: in a UTS namespace of its own it would never learn that the machine was renamed.
 * - HOME is a folder that it may read, since what looks for its settings there would stumble over the hidden one.
 * - No start limit: a machine whose server was away for a night is back in the morning.
 */
export function systemdUnit ({ role, node, bin }: Service): string {
  const { command, title } = roleText[role]
  return `# Written by tatuscan service install: settings go to /etc/tatuscan/${role}.env, changes of this file to
# systemctl edit tatuscan-${role}
[Unit]
Description=${title}
Documentation=man:systemd.exec(5)
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${[node, bin, command].map(quoted).join(' ')}
EnvironmentFile=-/etc/tatuscan/${role}.env
Restart=always
RestartSec=10s
TimeoutStopSec=30s
${ofRole[role].join('\n')}
StateDirectoryMode=0700
CacheDirectoryMode=0700
UMask=0077
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
}

const ofRole: Record<Role, readonly string[]> = {
  agent: [
    'User=root',
    'StateDirectory=tatuscan',
    'CacheDirectory=tatuscan',
    'Environment=TATUSCAN_STATE_DIR=/var/lib/tatuscan HOME=/var/lib/tatuscan',
    'OOMScoreAdjust=500'
  ],
  server: [
    'DynamicUser=yes',
    'PrivateUsers=yes',
    'ProtectHostname=yes',
    'StateDirectory=tatuscan-server',
    'CacheDirectory=tatuscan-server',
    'Environment=TATUSCAN_DB_DIR=/var/lib/tatuscan-server TATUSCAN_STATE_DIR=/var/lib/tatuscan-server ' +
      'HOME=/var/lib/tatuscan-server XDG_CACHE_HOME=/var/cache/tatuscan-server'
  ]
}

/** One word of a command line: `%` and `$` are systemd's own, and are doubled. */
function quoted (word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./%$@:+,=-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&')}"`
}
