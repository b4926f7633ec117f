import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as core from 'kubernetes-models/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as batch from 'kubernetes-models/batch/v1'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'
import { instructions } from '../dockerfile.ts'
import { folderOf, freePort, startProgram, until } from './processes.ts'

const folder = fileURLToPath(new URL('../k8s/', import.meta.url))
const bin = fileURLToPath(new URL('../../cli/bin/tatuscan.js', import.meta.url))
const files = globSync('*/*.yaml', { cwd: folder }).sort()
const patches = ['postgresql/database.yaml', 'postgresql/servers.yaml', 'postgresql/no-claim.yaml']
const groups: Record<string, { models: object, module: string }> = {
  v1: { models: core, module: 'kubernetes-models/v1' },
  'apps/v1': { models: apps, module: 'kubernetes-models/apps/v1' },
  'batch/v1': { models: batch, module: 'kubernetes-models/batch/v1' },
  'networking.k8s.io/v1': { models: networking, module: 'kubernetes-models/networking.k8s.io/v1' }
}

interface Manifest { readonly apiVersion: string, readonly kind: string, readonly metadata: { readonly name: string, readonly namespace?: string }, readonly [key: string]: any }

function manifestsIn (text: string): Manifest[] {
  return parseAllDocuments(text, { strict: true }).map((document) => document.toJS({ mapAsMap: false }) as Manifest)
}

const plain = files.filter((file) => basename(file) !== 'kustomization.yaml' && !patches.includes(file))
const manifests = plain.flatMap((file) => manifestsIn(readFileSync(join(folder, file), 'utf8')))

/** By Kubernetes' own OpenAPI: what has the wrong type or is missing. */
function check (manifest: Manifest): void {
  const Model = (groups[manifest.apiVersion]!.models as Record<string, new (data: Manifest) => { validate: () => void }>)[manifest.kind]!
  new Model(manifest).validate()
}

/** By the same OpenAPI's types: fields that it doesn't know, which Kubernetes would drop or refuse. */
function unknownFields (all: readonly Manifest[]): string[] {
  const text = all.map(({ apiVersion, kind }, index) => `import type { I${kind} as Kind${index} } from '${groups[apiVersion]!.module}'`).join('\n') +
    all.map((manifest, index) => `\nexport const manifest${index}: Kind${index} = ${JSON.stringify(manifest)}`).join('')
  const file = fileURLToPath(new URL('manifests.ts', import.meta.url))
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2024, strict: true, noEmit: true, skipLibCheck: true, types: [] }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => name === file ? text : readFile(name)
  host.getSourceFile = (name, ...rest) => name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2024) : getSourceFile(name, ...rest)
  const program = ts.createProgram([file], options, host)
  return [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

test('each manifest is one that Kubernetes knows: its kind, the types of its fields, and no field besides', (t) => {
  t.deepEqual(manifests.map(({ kind }) => kind).sort(), ['ConfigMap', 'DaemonSet', 'Deployment', 'Ingress', 'Job', 'Namespace', 'Namespace', 'PersistentVolumeClaim', 'Secret', 'Secret', 'Service'])
  for (const manifest of manifests) t.notThrows(() => check(manifest), `${manifest.kind} ${manifest.metadata.name}`)
  t.deepEqual(unknownFields(manifests), [])
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')!
  t.throws(() => check({ ...deployment, spec: { ...deployment.spec, replicas: 'two' } }), undefined, 'the schema tells')
  t.regex(unknownFields([{ ...deployment, spec: { ...deployment.spec, replica: 2 } }]).join(), /"replica"/, 'the types tell')
})

test('every file is named by its folder’s kustomization', (t) => {
  for (const overlay of ['base', 'postgresql', 'agent']) {
    const [kustomization] = manifestsIn(readFileSync(join(folder, overlay, 'kustomization.yaml'), 'utf8'))
    t.deepEqual([kustomization!.apiVersion, kustomization!.kind], ['kustomize.config.k8s.io/v1beta1', 'Kustomization'])
    const named = [...kustomization!.resources as string[], ...(kustomization!.patches as { path: string }[] | undefined ?? []).map(({ path }) => path)]
    const there = files.filter((file) => dirname(file) === overlay).map((file) => basename(file)).filter((name) => name !== 'kustomization.yaml')
    t.deepEqual(named.filter((name) => name !== '../base').sort(), there, overlay)
  }
})

const withKubectl = existsSync('/usr/bin/kubectl') ? test : test.skip
withKubectl('kubectl puts the folders together; with a database of its own there are two servers, no claim, and a migration (needs kubectl)', (t) => {
  const built = Object.fromEntries(['base', 'postgresql', 'agent'].map((name) => [name, manifestsIn(execFileSync('/usr/bin/kubectl', ['kustomize', join(folder, name)], { encoding: 'utf8' }))]))
  for (const [name, all] of Object.entries(built)) {
    for (const manifest of all) t.notThrows(() => check(manifest), `${name}: ${manifest.kind}`)
    t.deepEqual(unknownFields(all), [], name)
    for (const { kind, metadata } of all) t.is(metadata.namespace, kind === 'Namespace' ? undefined : name === 'agent' ? 'tatuscan-agent' : 'tatuscan')
  }
  const kinds = (name: string) => built[name]!.map(({ kind }) => kind)
  t.true(kinds('base').includes('PersistentVolumeClaim') && !kinds('base').includes('Job'))
  t.true(!kinds('postgresql').includes('PersistentVolumeClaim') && kinds('postgresql').includes('Job'))
  const { spec } = built.postgresql!.find(({ kind }) => kind === 'Deployment')!
  t.like(spec, { replicas: 2, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } } })
  t.deepEqual(spec.template.spec.volumes.find(({ name }: { name: string }) => name === 'data'), { name: 'data', emptyDir: {} })
})

test('servers run without rights, with three probes of which the one for life asks no database', (t) => {
  for (const kind of ['Deployment', 'Job']) {
    const pod = manifests.find((manifest) => manifest.kind === kind)!.spec.template.spec
    const [container] = pod.containers
    const securityContext = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }
    t.like(pod, { automountServiceAccountToken: false, securityContext }, kind)
    t.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, kind)
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe]?.httpGet.path)
    if (kind === 'Deployment') t.deepEqual(probes, ['/api/health', '/api/health', '/assets/style.css'])
  }
})

test('the agent of a node has the node’s network, processes, machine id and state folder', (t) => {
  const pod = manifests.find(({ kind }) => kind === 'DaemonSet')!.spec.template.spec
  t.like(pod, { hostNetwork: true, hostPID: true, dnsPolicy: 'ClusterFirstWithHostNet' })
  const volumes = pod.volumes as { name: string, hostPath?: { path: string } }[]
  const paths: Record<string, string> = Object.fromEntries(volumes.flatMap(({ name, hostPath }) => hostPath === undefined ? [] : [[name, hostPath.path]]))
  t.deepEqual(paths, { state: '/var/lib/tatuscan', 'machine-id': '/etc/machine-id', 'os-release': '/etc/os-release' })
  for (const { name, mountPath, readOnly } of pod.containers[0].volumeMounts) {
    if (name in paths) t.deepEqual([mountPath, readOnly], [paths[name], name === 'state' ? undefined : true])
  }
})

test('no manifest brings a secret: they are empty, and the server doesn’t start with an empty one', (t) => {
  for (const file of [...plain, 'postgresql/database.yaml']) {
    for (const { kind, stringData, data } of manifestsIn(readFileSync(join(folder, file), 'utf8'))) {
      if (kind === 'Secret') t.deepEqual([new Set(Object.values(stringData as object)), data], [new Set(['']), undefined], file)
    }
  }
})

test.serial('the server that the manifests describe answers its probes by the pod’s address, and people by the ingress’ name alone', async (t) => {
  const folder = await folderOf(t)
  const port = await freePort()
  const env = await environmentIn(folder, port)
  await writeFile(env.TATUSCAN_ENROL_SECRET_FILE, 'an enrolment secret\n', { mode: 0o440 })
  const { output } = startProgram(t, process.execPath, [bin, 'serve'], { env })
  await until('the link for the first admin', () => output().includes('/setup?code='))
  const status = async (path: string, host: string) => await new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject).end()
  })
  const [container] = manifests.find(({ kind }) => kind === 'Deployment')!.spec.template.spec.containers
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) t.is(await status(container[probe].httpGet.path, '10.1.2.3:8040'), 200, probe)
  const { rules: [{ host }] } = manifests.find(({ kind }) => kind === 'Ingress')!.spec
  t.is(await status('/login', host), 200)
  t.is(await status('/login', 'evil.example'), 403)
  t.true(output().includes(`https://${host}/setup?code=`), 'the link is one that people can open')
})

test('the migration job brings an empty database up to date, and ends with 0', async (t) => {
  const folder = await folderOf(t)
  const [{ args, env }] = manifests.find(({ kind }) => kind === 'Job')!.spec.template.spec.containers
  t.deepEqual(env.map(({ name }: { name: string }) => name), ['TATUSCAN_DATABASE_URL_FILE'])
  await writeFile(join(folder, 'database-url'), `sqlite:${folder}/migrated.db\n`)
  const { exited, output } = startProgram(t, process.execPath, [bin, ...args], { env: { ...await imageIn(folder), TATUSCAN_DATABASE_URL_FILE: join(folder, 'database-url') } })
  t.is(await exited, 0, output())
  t.regex(output(), /migrated\.db is up to date/)
})

test('the server does not start while its secret is empty', async (t) => {
  const env = await environmentIn(await folderOf(t), await freePort())
  await writeFile(env.TATUSCAN_ENROL_SECRET_FILE, '')
  const { exited, output } = startProgram(t, process.execPath, [bin, 'serve'], { env })
  t.is(await exited, 2)
  t.regex(output(), /TATUSCAN_ENROL_SECRET_FILE names the file .*, which is empty/)
})

/** What the image and the config map give the server, its files in a folder in the place of the container's. */
async function environmentIn (folder: string, port: number): Promise<Record<string, string> & { TATUSCAN_ENROL_SECRET_FILE: string }> {
  const { data } = manifests.find(({ kind }) => kind === 'ConfigMap')! as unknown as { data: Record<string, string> }
  return { ...await imageIn(folder), ...data, TATUSCAN_PORT: String(port), TATUSCAN_ENROL_SECRET_FILE: join(folder, 'given-secret') }
}

async function imageIn (folder: string): Promise<Record<string, string>> {
  const image = instructions(await readFile(new URL('../docker/Dockerfile', import.meta.url), 'utf8')).filter(({ name }) => name === 'ENV')
  return Object.fromEntries(image.flatMap(({ rest }) => rest.split(/\s+/)).map((pair) => pair.replace('/data', folder).split('=') as [string, string]))
}
