// Comfort on top of pages that work without it.
const root = document.documentElement
const search = document.querySelector('input[type=search]')
const openMenus = () => document.querySelectorAll('details.menu[open]')
root.classList.add('script')

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    for (const menu of openMenus()) {
      menu.open = false
      menu.querySelector('summary').focus()
    }
  }
  const typing = event.target.closest('input, select, textarea, [contenteditable]') !== null
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    search.focus()
    search.select()
  }
})

document.addEventListener('click', async ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false
  const button = target.closest('button[data-copy]')
  if (button === null) return
  const source = document.getElementById(button.dataset.copy)
  const label = button.textContent
  await copy(source)
  button.textContent = button.dataset.copied
  setTimeout(() => { button.textContent = label }, 2000)
})

/** Browsers give the clipboard to pages over HTTPS or from this machine alone; elsewhere what is selected can be copied. */
async function copy (source) {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(source.textContent)
  getSelection().selectAllChildren(source)
  document.execCommand('copy')
}

// What was said once is not said again when the page is opened from the history
const address = new URL(location.href)
if (address.searchParams.has('saved') || address.searchParams.has('removed')) {
  address.searchParams.delete('saved')
  address.searchParams.delete('removed')
  history.replaceState(history.state, '', address)
}

// The page as it is now takes the place of the page as it was, node by node, so that place, selection, scroll and focus stay.
const main = document.querySelector('main')
const notice = document.getElementById('notice')
const keyOf = (node) => node.id || undefined
let failures = 0
let timer

function plan () {
  clearTimeout(timer)
  const seconds = Number(main.dataset.live)
  if (seconds > 0 && !document.hidden) timer = setTimeout(refresh, Math.min(60, seconds * 2 ** failures) * 1000)
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer)
  if (!document.hidden && Number(main.dataset.live) > 0) refresh()
})

async function refresh () {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(30_000) })
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) return tellLoggedOut()
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.querySelector('main')
    // Figures of before are worth more than an error in their place
    if (fresh === null || (answer.status >= 500 && main.querySelector('[data-status]') === null)) throw new Error(String(answer.status))
    failures = 0
    notice.textContent = ''
    keepPlace(() => morph(main, fresh))
    main.dispatchEvent(new Event('renewed'))
    document.title = page.title
  } catch {
    failures++
    notice.textContent = notice.dataset.away
  }
  plan()
}

function tellLoggedOut () {
  const link = document.createElement('a')
  link.href = location.href
  link.textContent = notice.dataset.again
  notice.replaceChildren(`${notice.dataset.out} `, link)
}

function keepPlace (change) {
  const selection = getSelection()
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
  const active = document.activeElement
  change()
  if (active !== document.activeElement && active.isConnected) active.focus({ preventScroll: true })
  const moved = anchorNode !== selection.anchorNode || anchorOffset !== selection.anchorOffset || focusNode !== selection.focusNode || focusOffset !== selection.focusOffset
  if (moved && anchorNode?.isConnected && focusNode?.isConnected) {
    const within = (node, offset) => Math.min(offset, node.length ?? node.childNodes.length)
    selection.setBaseAndExtent(anchorNode, within(anchorNode, anchorOffset), focusNode, within(focusNode, focusOffset))
  }
}

function morph (from, to) {
  if (from.isEqualNode(to)) return
  if (from.nodeType !== Node.ELEMENT_NODE) {
    from.data = to.data
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) from.parentElement?.animate?.([{ opacity: 0.4 }, { opacity: 1 }], 120)
    return
  }
  // Somebody is at it
  if (from.nodeName === 'DETAILS' && from.open && from.querySelector('form')) return
  if (from.nodeName === 'BUTTON' && from.dataset.copy) return
  // A script's own
  if (from.dataset.drawn !== undefined && to.dataset.drawn !== undefined) return
  for (const { name } of [...from.attributes]) if (name !== 'open' && !to.hasAttribute(name)) from.removeAttribute(name)
  for (const { name, value } of to.attributes) if (name !== 'open' && from.getAttribute(name) !== value) from.setAttribute(name, value)
  morphChildren(from, to)
}

function morphChildren (from, to) {
  const known = new Map([...from.children].filter(keyOf).map((child) => [child.id, child]))
  const wanted = [...to.childNodes]
  const keys = new Set(wanted.map(keyOf))
  let at = from.firstChild
  const skip = () => {
    while (at !== null && keyOf(at) !== undefined && !keys.has(keyOf(at))) {
      const gone = at
      at = at.nextSibling
      gone.remove()
    }
  }
  for (const node of wanted) {
    skip()
    const key = keyOf(node)
    const found = key === undefined ? (at !== null && keyOf(at) === undefined ? at : null) : known.get(key) ?? null
    if (found === null || found.nodeName !== node.nodeName) {
      from.insertBefore(node, at)
    } else {
      if (found === at) at = at.nextSibling
      else place(from, found, at)
      morph(found, node)
    }
  }
  while (at !== null) {
    const gone = at
    at = at.nextSibling
    gone.remove()
  }
}

function place (parent, node, before) {
  if (parent.moveBefore !== undefined) parent.moveBefore(node, before)
  else parent.insertBefore(node, before)
}

plan()
