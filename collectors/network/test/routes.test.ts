import test from 'ava'
import { defaultSource, parseIfInet6, parseLocalAddresses, parseRoutes, routeTo } from '../src/routes.ts'

const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t100\t000000FF\t0\t0\t0
eth1\t0002000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
eth0\t0000A8C0\t0100000A\t0003\t0\t0\t100\t0000FFFF\t0\t0\t0
eth1\t0003000A\t000`

test('the default route of lowest metric tells the source, and a rejected one nothing', (t) => {
  t.is(defaultSource(parseRoutes(table), (name) => name === 'eth0' ? ['10.9.9.9'] : ['192.168.0.5']), '10.9.9.9')
})

test('of several IPv4 the source is the one in the gateway’s network, else the first', (t) => {
  t.is(defaultSource(parseRoutes(table), () => ['172.16.0.1', '10.0.0.9']), '10.0.0.9')
  t.is(defaultSource(parseRoutes(table), () => ['172.16.0.1', '172.16.0.2']), '172.16.0.1')
  t.is(defaultSource(parseRoutes(table), () => []), null)
  t.is(defaultSource([], () => ['10.0.0.9']), null)
})

test('the narrowest route without a gateway leads to an address', (t) => {
  const routes = parseRoutes(table)
  t.is(routeTo('10.0.2.7', routes)?.name, 'eth1')
  t.is(routeTo('10.0.5.7', routes)?.name, 'eth0')
  t.is(routeTo('192.168.0.7', routes), undefined)
  t.is(routeTo('203.0.113.7', routes), undefined)
})

test('a row that was cut off is passed over', (t) => {
  t.is(parseRoutes(table).length, 6)
  t.deepEqual(parseRoutes(''), [])
})

test('the machine’s own IPv4 are those that the trie calls host LOCAL, once each', (t) => {
  const trie = `     +-- 10.0.2.0/24 2 0 2
           |-- 10.0.2.0
              /24 link UNICAST
           |-- 10.0.2.7
              /24 link UNICAST
              /32 host LOCAL
        |-- 10.0.2.255
           /32 link BROADCAST
           |-- 127.0.0.1
              /32 host LOCAL
`
  t.deepEqual([...parseLocalAddresses(`Main:\n${trie}Local:\n${trie}`)], ['10.0.2.7'])
})

test('IPv6 addresses are written as everybody writes them', (t) => {
  t.deepEqual(parseIfInet6('20010db8000000000000000000000005 03 40 00 80     eth1\n'), [{ name: 'eth1', address: '2001:db8::5' }])
})
