import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import stringWidth from 'string-width'
import { bin, run } from '../run.ts'
import { idOf, serve } from './served.ts'

test.serial('list shows every value whole where it is piped, filters as the API does, and gives JSON', async (t) => {
  const { machines, report } = await serve(t)
  const facts = { gpu: { model: 'A100' } }
  await report({ id: 'a', hostname: 'srv-01', ip: '192.0.2.1', os_version: 'Debian', facts }, { id: 'b', hostname: 'srv-02', os: 'windows' }, { id: 'c', hostname: '机器-03' })
  const { code, stdout, stderr } = await machines('list')
  t.is(code, 0, stderr)
  const lines = stdout.trimEnd().split('\n')
  t.regex(lines[0]!, /^HOSTNAME +IP +SYSTEM +STATUS +LAST SEEN +MODEL +ACTIVATED +ID$/)
  t.is(lines.length, 4)
  t.true(lines[1]!.startsWith('srv-01') && lines[1]!.endsWith(idOf('a')))
  t.is(new Set(lines.map((line) => stringWidth(line.slice(0, line.lastIndexOf(' '))))).size, 1, 'wide letters count for two')
  const hostnames = async (...args: string[]) => JSON.parse((await machines('list', '--json', ...args)).stdout).items.map(({ hostname }: { hostname: string }) => hostname)
  t.deepEqual(await hostnames('--os', 'windows'), ['srv-02'])
  t.deepEqual(await hostnames('--facts', 'gpu.model=A100'), ['srv-01'])
  t.deepEqual(await hostnames('--os-version', ''), ['srv-02', '机器-03'])
  t.deepEqual(await hostnames('--q', 'SRV', '--sort', 'hostname', '--dir', 'desc', '--limit', '1', '--status', 'online'), ['srv-02'])
  t.is(JSON.parse((await machines('list', '--json', '--limit', '1')).stdout).count, 3, 'all that match are counted')
  t.like(await machines('list', '--json', '--q', 'nobody'), { code: 0, stdout: '{"items":[\n],"count":0}\n' })
  t.like(await machines('list', '--facts', 'gpu'), { code: 2 })
  t.like(await machines('list', '--limit', '0'), { code: 2 })
})

const onTerminal = existsSync('/usr/bin/script') ? test.serial : test.skip
onTerminal('on a terminal the table fits its width, whatever the letters, and nothing steers it (needs script)', async (t) => {
  const { url, report } = await serve(t)
  await report({ id: 'a', hostname: '计算机'.repeat(12), os_version: 'Debian GNU/Linux 12 (bookworm)' }, { id: 'b', hostname: '\u001b[31mred 😀 👩‍👩‍👧', ip: '2001:db8:85a3::8a2e:370:7334' })
  for (const columns of [60, 100]) {
    const command = `stty cols ${columns}; ${process.execPath} ${bin} machines list --url ${url} 2> /dev/null`
    const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: '/tmp', TERM: 'xterm' } })
    const lines = stdout.replaceAll('\r', '').trimEnd().split('\n')
    t.is(lines.length, 3, stdout)
    for (const line of lines) t.true(stringWidth(line) <= columns, `${columns}: ${line}`)
    t.true(lines.some((line) => line.includes('…')))
    t.false(stdout.includes('\u001b'))
  }
})

test.serial('a machine is named by hostname, id or the first digits of its id; several are told apart', async (t) => {
  const { machines, report } = await serve(t)
  await report({ id: 'a', hostname: 'srv', facts: { os: { architecture: 'x86_64' } }, schemas: { os: { type: 'object', title: 'System', properties: { architecture: { title: 'Architecture' } } } } },
    { id: 'b', hostname: 'SRV' }, { id: 'c', hostname: 'twin' }, { id: 'd', hostname: 'twin' })
  for (const name of ['srv', idOf('a'), idOf('a').toUpperCase(), idOf('a').slice(0, 12)]) {
    const { code, stdout } = await machines('show', name)
    t.is(code, 0, name)
    t.regex(stdout, new RegExp(`^srv\\n  Machine id    ${idOf('a')}\\n[^]*\\nSystem\\n  Architecture  x86_64\\n$`), name)
  }
  t.is(JSON.parse((await machines('show', 'SRV', '--json')).stdout).machine_id, idOf('b'))
  const caseless = await machines('show', 'Srv')
  t.is(caseless.code, 2)
  const several = await machines('show', 'twin')
  t.is(several.code, 2)
  t.regex(several.stderr, /^tatuscan: twin may be any of 2 machines: [^\n]+; name one by its id\n$/)
  t.true([idOf('c'), idOf('d')].every((id) => several.stderr.includes(id)))
  const nobody = await machines('show', 'nobody')
  t.is(nobody.code, 1)
  t.regex(nobody.stderr, /there is no machine nobody: name it by/)
})

test.serial('add makes a machine by hand, with the id that its agent will have, and never touches one that is there', async (t) => {
  const { machines, all } = await serve(t)
  const added = await machines('add', 'srv-09', '--os', 'linux', '--mac', '00-1B-21-AA-BB-CC', '--ip', '192.0.2.9', '--model', 'OptiPlex', '--activation', '03/02/2024')
  t.like(added, { code: 0, stdout: 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e\n', stderr: '' })
  t.like((await all())[0], { hostname: 'srv-09', ip: '192.0.2.9', os: 'linux', os_version: null, computer_model: 'OptiPlex', computer_activation: '2024-02-03T00:00:00.000-04:00', cpu_percent: null })
  t.regex((await machines('add', 'printer', '--os', 'other')).stdout, /^[0-9a-f]{64}\n$/)
  const again = await machines('add', 'other', '--os', 'linux', '--mac', '00:1b:21:aa:bb:cc')
  t.is(again.code, 1)
  t.regex(again.stderr, /called srv-09: change it with tatuscan machines set/)
  t.is((await all()).length, 2)
  t.is((await machines('add', 'x', '--os', 'linux', '--mac', 'nonsense')).code, 2)
  t.is((await machines('add', 'x')).code, 2)
  const refused = await machines('add', 'x', '--os', 'linux', '--activation', '31/02/2024')
  t.is(refused.code, 1)
  t.regex(refused.stderr, /the server answered 400: [^\n]*computer_activation must be a date/)
})

test.serial('set changes what it is given, and an empty value makes it unknown', async (t) => {
  const { machines, all, report } = await serve(t)
  await report({ id: 'a', hostname: 'srv' })
  t.is((await machines('set', 'srv', '--model', 'OptiPlex', '--activation', '2024-02-03', '--days', '30')).code, 0)
  t.like((await all())[0], { computer_model: 'OptiPlex', computer_activation: '2024-02-03T00:00:00.000-04:00', activation_days: 30 })
  t.is((await machines('set', 'srv', '--model', '')).code, 0)
  t.like((await all())[0], { computer_model: null, activation_days: 30 })
  for (const args of [['srv'], ['--model', 'x'], ['srv', '--days', 'many'], ['srv', '--csv', 'f', '--model', 'x'], ['srv', '--model', 'x', '--dry-run']]) t.is((await machines('set', ...args)).code, 2, args.join(' '))
})

test.serial('set --csv sets what matches one machine, tells the other rows, and with --dry-run changes nothing', async (t) => {
  const { machines, all, report, folder } = await serve(t)
  await report({ id: 'a', hostname: 'srv-01' }, { id: 'b', hostname: 'PC; 7' }, { id: 'c', hostname: 'twin' }, { id: 'd', hostname: 'twin' }, { id: 'e', hostname: 'plain' })
  const file = join(folder, 'a.csv')
  await writeFile(file, '\ufeffNome do Host;Data de Ativação;Modelo\r\nsrv-01;03/02/2024;"Latitude ""5400"""\r\n"PC; 7";;ThinkPad\r\ntwin;2024-01-01;\r\nnobody;2024-01-01;\r\nplain;;\r\n')
  const dry = await machines('set', '--csv', file, '--dry-run')
  t.is(dry.code, 1)
  t.regex(dry.stdout, /^line 4: twin: several machines \([0-9a-f]{64}, [0-9a-f]{64}\)\nline 5: nobody: no such machine\nWould set 2 of 5 machines\n$/)
  t.true((await all()).every(({ computer_model }) => computer_model === null))
  const done = await machines('set', '--csv', file)
  t.is(done.code, 1)
  t.regex(done.stdout, /Set 2 of 5 machines\n$/)
  const by = Object.fromEntries((await all()).map((item) => [item.hostname, item]))
  t.like(by['srv-01'], { computer_model: 'Latitude "5400"', computer_activation: '2024-02-03T00:00:00.000-04:00' })
  t.like(by['PC; 7'], { computer_model: 'ThinkPad', computer_activation: null })
  t.deepEqual(JSON.parse((await machines('set', '--csv', file, '--json')).stdout).map(({ outcome }: { outcome: string }) => outcome),
    ['set', 'set', 'several machines', 'no such machine', 'nothing to set'])

  await writeFile(file, 'hostname,model\nsrv-01,New\nplain,Newer,and more\n')
  const malformed = await machines('set', '--csv', file)
  t.is(malformed.code, 2)
  t.regex(malformed.stderr, /nothing was changed, since the file is not right: [^\n]*line 3/)
  t.is((await all()).find(({ hostname }) => hostname === 'srv-01').computer_model, 'Latitude "5400"')
  t.is((await machines('set', '--csv', join(folder, 'missing.csv'))).code, 2)
})

test.serial('delete asks, needs --yes where nobody can be asked, and looks all up before any goes', async (t) => {
  const { machines, all, report } = await serve(t)
  await report({ id: 'a', hostname: 'srv-01' }, { id: 'b', hostname: 'srv-02' }, { id: 'c', hostname: 'srv-03' })
  const unasked = await machines('delete', 'srv-01')
  t.is(unasked.code, 2)
  t.regex(unasked.stderr, /Delete srv-01 \([0-9a-f]{64}\)\? Nobody can be asked here: say --yes/)
  t.is((await machines('delete', 'srv-01', 'nobody', '--yes')).code, 1)
  t.like(await machines('delete', 'srv-01', '--dry-run'), { code: 0, stdout: `Would delete srv-01 (${idOf('a')})\n` })
  t.is((await all()).length, 3)
  t.like(await machines('delete', 'srv-01', 'srv-02', '--yes'), { code: 0, stdout: `Deleted srv-01 (${idOf('a')})\nDeleted srv-02 (${idOf('b')})\n` })
  t.deepEqual((await all()).map(({ hostname }) => hostname), ['srv-03'])
  t.is((await machines('delete', '--yes')).code, 2)
})

onTerminal('on a terminal delete and dedupe ask, and only y is a yes (needs script)', async (t) => {
  const { url, all, report } = await serve(t)
  await report({ id: 'a', hostname: 'srv' }, { id: 'b', hostname: 'twin' }, { id: 'c', hostname: 'twin' })
  const answered = (input: string, command: string) => spawnSync('script', ['--quiet', '--return', '--command', `${process.execPath} ${bin} machines ${command} --url ${url}`, '/dev/null'], {
    encoding: 'utf8', input, env: { PATH: process.env.PATH, HOME: '/tmp', TERM: 'dumb' }
  })
  t.regex(answered('\n', 'delete srv').stdout, /Delete srv \([0-9a-f]{64}\)\? \[y\/N\] [^]*Nothing was deleted/)
  t.regex(answered('n\n', 'dedupe').stdout, /Delete 1 of 2 machines\? \[y\/N\] [^]*Deleted 0 of 1 machines/)
  t.is((await all()).length, 3)
  answered('y\n', 'delete srv')
  answered('yes\n', 'dedupe')
  t.deepEqual((await all()).map(({ machine_id }) => machine_id), [idOf('c')])
})

test.serial('dedupe keeps the one of a hostname that was seen last, with what people had set, and no other hostname loses any', async (t) => {
  const { machines, all, report } = await serve(t)
  await report({ id: 'old', hostname: 'pc', computer_model: 'Older', computer_activation: '2020-01-01' }, { id: 'alone', hostname: 'PC' }, { id: 'mid', hostname: 'pc', computer_model: 'Newer' },
    { id: 'new', hostname: 'pc' }, { id: 'x1', hostname: 'x' }, { id: 'x2', hostname: 'x' }, { id: 'x1', hostname: 'x' }, { id: 'y', hostname: 'a' })
  const dry = await machines('dedupe', '--dry-run')
  t.is(dry.code, 0)
  t.regex(dry.stdout, new RegExp(`^pc: keep ${idOf('new')}, seen \\S+\\n  delete ${idOf('mid')}, seen \\S+\\n  delete ${idOf('old')}, seen \\S+\\nx: keep ${idOf('x1')}, seen \\S+\\n  delete ${idOf('x2')}, seen \\S+\\nWould delete 3 machines\\n$`))
  t.is((await all()).length, 7)
  t.is((await machines('dedupe')).code, 2, 'nobody can be asked')
  const done = await machines('dedupe', '--yes')
  t.is(done.code, 0, done.stderr)
  t.regex(done.stdout, /Deleted 3 of 3 machines\n$/)
  t.deepEqual((await all()).map(({ machine_id }) => machine_id), ['alone', 'y', 'new', 'x1'].map(idOf))
  t.like((await all())[2], { computer_model: 'Newer', computer_activation: '2020-01-01T00:00:00.000-04:00' })
  t.like(await machines('dedupe'), { code: 0, stdout: 'No two machines share a hostname\n' })
  t.deepEqual(JSON.parse((await machines('dedupe', '--json')).stdout), { duplicates: [], deleted: 0 })
})

test.serial('export writes CSV or JSON with the same filters, to stdout or whole into a file', async (t) => {
  const { machines, report, folder } = await serve(t)
  await report({ id: 'a', hostname: 'srv-01', facts: { gpu: { model: 'A100' } } }, { id: 'b', hostname: 'srv-02' })
  t.like(await machines('export', '--fields', 'hostname,facts.gpu.model'), { code: 0, stdout: 'hostname,facts.gpu.model\r\nsrv-01,A100\r\nsrv-02,\r\n', stderr: '' })
  const file = join(folder, 'out.json')
  await writeFile(file, 'old')
  t.like(await machines('export', '--format', 'json', '--include', 'facts', '--q', 'srv-01', '--output', file), { code: 0, stdout: '' })
  t.like(JSON.parse(await readFile(file, 'utf8')), { count: 1, items: [{ facts: { gpu: { model: 'A100' } } }] })
  t.is((await machines('export', '--include', 'facts')).code, 2)
  t.is((await machines('export', '--fields', 'nonsense')).code, 1)
})

async function answering (t: import('ava').ExecutionContext, listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => { server.once('listening', resolve) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.serial('an export that breaks off ends with 1, and leaves the file as it was', async (t) => {
  const { folder } = await serve(t)
  const url = await answering(t, (_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/csv' }).write('hostname\r\nsrv-01\r\n')
    setTimeout(() => answer.destroy(), 50)
  })
  const file = join(folder, 'out.csv')
  await writeFile(file, 'old')
  const { code, stderr } = await run(['machines', 'export', '--url', url, '--output', file])
  t.is(code, 1)
  t.regex(stderr, /the export is not whole/)
  t.is(await readFile(file, 'utf8'), 'old')
  t.deepEqual((await readdir(folder)).filter((name) => name.includes('.part')), [])
  t.is((await run(['machines', 'export', '--url', url])).code, 1)
})

test.serial('an answer of something else than TatuScan is told as such, shows nothing of JavaScript, and leaves an exported file as it was', async (t) => {
  const { folder } = await serve(t)
  let respond: http.RequestListener
  const url = await answering(t, (request, answer) => respond(request, answer))
  const refused = async (what: string, ...args: string[]) => {
    const { code, stdout, stderr } = await run(['machines', ...args, '--url', url])
    t.is(code, 1, what)
    t.is(stdout, '', what)
    t.regex(stderr, /^tatuscan: what answers at .* is no TatuScan: its [^\n]+\n$/, what)
  }
  const file = join(folder, 'out.csv')
  await writeFile(file, 'old')
  for (const [status, headers] of [[200, { 'content-type': 'text/html' }], [200, {}], [204, { 'content-type': 'text/csv' }]] as const) {
    respond = (_, answer) => { answer.writeHead(status, headers).end(status === 204 ? undefined : '<html>') }
    await refused(String(status), 'export', '--output', file)
    t.is(await readFile(file, 'utf8'), 'old')
  }
  for (const body of ['null', '[]', '{}', '{"items":null}', '{"items":[null],"count":1}', '{"items":[{"machine_id":"x"}],"count":1}']) {
    respond = (_, answer) => { answer.writeHead(200, { 'content-type': 'application/json' }).end(body) }
    await refused(body, 'list')
    await refused(body, 'list', '--json')
    await refused(body, 'dedupe', '--dry-run')
  }
  await refused('a list for a machine', 'show', idOf('a'))
  respond = (_, answer) => { answer.end('{"items":[],"count":1,"next_cursor":"again"}') }
  await refused('the same cursor for ever', 'dedupe', '--dry-run')
})

test.serial('what a server says of an error can’t steer the terminal', async (t) => {
  const url = await answering(t, (_, answer) => { answer.writeHead(400).end(JSON.stringify({ error: 'no\u001b]0;owned\u0007\u001b[2J\u009b' })) })
  t.is((await run(['machines', 'list', '--url', url])).stderr, 'tatuscan: the server answered 400: no\ufffd]0;owned\ufffd\ufffd[2J\ufffd\n')
})

test.serial('a server that can’t be reached, refuses, redirects or is none is told with what to do, and the token goes along', async (t) => {
  const away = await run(['machines', 'list', '--url', 'http://user:hunter2@127.0.0.1:1/fleet'])
  t.is(away.code, 1)
  t.is(away.stderr, 'tatuscan: http://127.0.0.1:1/fleet/ could not be reached: connect ECONNREFUSED 127.0.0.1:1; name the server with --url or TATUSCAN_URL, or start one: tatuscan serve\n')
  const seen: (string | undefined)[] = []
  const url = await answering(t, (request, answer) => {
    seen.push(request.headers.authorization)
    if (request.headers.authorization === 'Bearer moved') answer.writeHead(301, { location: 'https://elsewhere.example/' }).end()
    else if (request.headers.authorization === 'Bearer html') answer.writeHead(200).end('<html>')
    else answer.writeHead(401).end('{"error":"a login is needed","code":"TATUSCAN_UNAUTHORIZED","details":[{"path":"/x","message":"is odd"}]}')
  })
  const asked = async (token?: string) => await run(['machines', 'list'], { TATUSCAN_URL: url, ...token !== undefined && { TATUSCAN_TOKEN: token } })
  const [refused, moved, html] = [await asked(), await asked('moved'), await asked('html')]
  t.deepEqual([refused.code, moved.code, html.code], [1, 1, 1])
  t.regex(refused.stderr, /the server answered 401: a login is needed; \/x is odd; give a token in TATUSCAN_TOKEN/)
  t.regex(moved.stderr, /points to https:\/\/elsewhere\.example\/, which is not followed/)
  t.regex(html.stderr, /is no TatuScan: its answer is not JSON/)
  t.deepEqual(seen, [undefined, 'Bearer moved', 'Bearer html'])
  t.is((await run(['machines', 'list', '--url', 'nonsense'])).code, 2)
})
