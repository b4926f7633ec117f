// Draws each chart from the table that stands beside it. Without this the page shows bars and tables.
/* global Chart */
const page = document.documentElement
/** By canvas: its chart, and the rows and the look that it shows. */
const drawn = new Map()
const shownOn = ({ canvas }) => drawn.get(canvas)
const rowHeight = 28
const fontSize = 14

/** What the table says: text only, whatever a machine told. */
function rowsOf (section) {
  return [...section.querySelectorAll('tbody tr')].map((row) => {
    const [label, shown, share] = [...row.cells].map(({ textContent }) => textContent.trim())
    return { label, shown, share, value: Number(row.dataset.value), href: row.querySelector('a')?.href, rest: row.classList.contains('rest') }
  })
}

function theme () {
  const style = getComputedStyle(page)
  const colour = (name) => style.getPropertyValue(`--${name}`).trim()
  return { bar: colour('bar'), rest: colour('rest'), text: colour('text'), ground: colour('ground'), line: colour('line'), font: getComputedStyle(document.body).fontFamily }
}

/** Marks of direction end with the label that holds them. */
const isolated = (text) => `\u2068${text}\u2069`

/** As much of a text as a width has room for. */
function clipped (context, text, width) {
  if (context.measureText(text).width <= width) return text
  const characters = [...text]
  let [low, high] = [0, characters.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (context.measureText(`${characters.slice(0, middle).join('')}…`).width <= width) low = middle
    else high = middle - 1
  }
  return `${characters.slice(0, low).join('').trimEnd()}…`
}

/** Labels take what they need, and at most so much of the chart. */
const labelRoom = ({ width }, widest) => Math.min(widest, width * 0.5)

/** Each bar's figure, at its end. */
const figures = {
  id: 'figures',
  afterDatasetsDraw (chart) {
    const { ctx } = chart
    const { rows, look } = shownOn(chart)
    ctx.save()
    ctx.font = `${fontSize}px ${look.font}`
    ctx.fillStyle = look.text
    ctx.textBaseline = 'middle'
    chart.getDatasetMeta(0).data.forEach(({ x, y }, at) => ctx.fillText(rows[at].shown, x + 8, y))
    ctx.restore()
  }
}

function optionsOf (rows, { look, context }) {
  context.font = `${fontSize}px ${look.font}`
  const room = Math.max(...rows.map(({ shown }) => context.measureText(shown).width))
  const widest = Math.ceil(Math.max(...rows.map(({ label }) => context.measureText(label).width))) + 1
  const rowAt = (event, chart) => rows[chart.getElementsAtEventForMode(event.native, 'y', { axis: 'y', intersect: false }, true)[0]?.index]
  return {
    indexAxis: 'y',
    animation: false,
    maintainAspectRatio: false,
    layout: { autoPadding: false, padding: { right: Math.ceil(room) + 12 } },
    scales: {
      x: { display: false, beginAtZero: true, max: Math.max(...rows.map(({ value }) => value), 1) },
      y: {
        grid: { display: false },
        border: { display: false },
        afterFit: (axis) => Object.assign(axis, { width: labelRoom(axis.chart, widest) + 12, paddingTop: 0, paddingBottom: 0 }),
        ticks: {
          autoSkip: false,
          crossAlign: 'far',
          padding: 0,
          color: look.text,
          font: { family: look.font, size: fontSize },
          callback (_value, at) {
            context.font = `${fontSize}px ${look.font}`
            return isolated(clipped(context, rows[at].label, labelRoom(this.chart, widest)))
          }
        }
      }
    },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: look.text,
        titleColor: look.ground,
        bodyColor: look.ground,
        titleFont: { family: look.font, weight: 600 },
        bodyFont: { family: look.font },
        displayColors: false,
        cornerRadius: 6,
        callbacks: {
          title: ([{ chart, dataIndex }]) => isolated(clipped(context, rows[dataIndex].label, chart.width * 0.8)),
          label: ({ dataIndex }) => `${rows[dataIndex].shown} · ${rows[dataIndex].share}`
        }
      }
    },
    interaction: { mode: 'y', axis: 'y', intersect: false },
    onHover: (event, _elements, chart) => { chart.canvas.style.cursor = rowAt(event, chart)?.href === undefined ? '' : 'pointer' },
    onClick (event, _elements, chart) {
      const href = rowAt(event, chart)?.href
      if (href !== undefined) location.assign(href)
    }
  }
}

function dataOf (rows, { look, histogram }) {
  return {
    labels: rows.map(({ label }) => label),
    datasets: [{
      data: rows.map(({ value }) => value),
      backgroundColor: rows.map(({ rest }) => rest ? look.rest : look.bar),
      borderRadius: 1,
      ...histogram ? { categoryPercentage: 1, barPercentage: 0.94 } : { barThickness: 10 }
    }]
  }
}

function draw () {
  for (const [canvas, { chart }] of drawn) {
    if (canvas.isConnected) continue
    chart.destroy()
    drawn.delete(canvas)
  }
  const look = theme()
  for (const section of document.querySelectorAll('.chart:has(canvas)')) {
    const canvas = section.querySelector('canvas')
    const rows = rowsOf(section)
    const histogram = section.dataset.kind === 'histogram'
    const key = JSON.stringify([rows, look, histogram])
    const before = drawn.get(canvas)
    if (before?.key === key) continue
    canvas.parentElement.style.height = `${rows.length * rowHeight}px`
    const [data, options] = [dataOf(rows, { look, histogram }), optionsOf(rows, { look, context: canvas.getContext('2d') })]
    const shown = { rows, look, key, chart: before?.chart }
    drawn.set(canvas, shown)
    if (before === undefined) {
      shown.chart = new Chart(canvas, { type: 'bar', data, options, plugins: [figures] })
    } else {
      Object.assign(shown.chart, { data, options })
      shown.chart.update('none')
    }
  }
}

if (globalThis.Chart !== undefined) {
  page.classList.add('drawn')
  draw()
  document.querySelector('main').addEventListener('renewed', draw)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
}
