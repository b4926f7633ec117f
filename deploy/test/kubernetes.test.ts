import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as core from 'kubernetes-models/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as batch from 'kubernetes-models/batch/v1'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

const folder = fileURLToPath(new URL('../k8s/', import.meta.url))
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
