// Comfort on top of pages that work without it.
const search = document.querySelector('input[type=search]')
const menus = document.querySelectorAll('details.menu')

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    for (const menu of menus) {
      if (!menu.open) continue
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

document.addEventListener('click', (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false
})

// Browsers give a clipboard to pages over HTTPS or from this machine only
if (navigator.clipboard !== undefined) {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const label = button.textContent
    button.hidden = false
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
      button.textContent = button.dataset.copied
      setTimeout(() => { button.textContent = label }, 2000)
    })
  }
}
