/** Names of what is nobody's business but the agent's. */
const secretName = /(^|_)(TOKENS?|SECRETS?|PASS|PWD_FILE|KEYS?|CREDENTIALS?|AUTH|DSN|DATABASE_UR[LI])(_|$)|PASSWORD|PASSWD|_PWD(_|$)/i

/** A URL that carries a user's password, as those of databases and proxies may. */
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]*@/i

/** What would make a child that runs Node behave like its parent: a debugger's port, a preloaded module, an IPC channel. */
const nodeOwn = new Set(['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_V8_COVERAGE'])

/**
 * The environment that a plugin's process is given: this one without secrets (`TATUSCAN_TOKEN`, `TATUSCAN_ENROL_SECRET`,
 * `SECRET_KEY`, database URLs, whatever is named like them, and every URL that holds a password) and without what
 * steers Node itself.
 */
export function childEnvironment (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) =>
    !secretName.test(name) && !nodeOwn.has(name) && !urlWithPassword.test(value ?? '')))
}
