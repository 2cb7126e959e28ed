// What pages do beyond HTML: charts that answer the mouse once someone reaches for them, arrow keys that read points,
// buttons that copy, and looking again at what is being counted. Without it everything can still be seen.

const vega = document.querySelector("script[data-vega]").dataset.vega;
const said = document.getElementById("said");
const DARK = matchMedia("(prefers-color-scheme: dark)");
const NOT_YET = 250; // milliseconds that a pointer stays before the bundle is loaded

let bundle;

/** Vega, loaded once and only when it is needed. */
function load() {
  bundle ??= import(new URL(vega, document.baseURI).href);
  return bundle;
}

/** Replace a drawing by a chart that shows values under the pointer; the drawing stays until it is there. */
async function enliven(figure) {
  figure.setAttribute("aria-busy", "true");
  try {
    const [answer] = await Promise.all([fetch(figure.dataset.spec), load()]);
    if (!answer.ok) throw new Error(String(answer.status));
    const spec = await answer.json();
    const place = document.createElement("div");
    const shown = [...figure.querySelectorAll(".drawing")].find((one) => one.offsetParent !== null);
    const height = shown.getBoundingClientRect().height;
    delete spec.title;
    // The drawing's light colours stay in the chart; the style sheet changes them on a dark page, as in a drawing.
    spec.background = "transparent";
    spec.config.background = "transparent";
    spec.config.axis.title = null;
    spec.width = "container";
    spec.height = height;
    spec.autosize = { type: "fit", contains: "padding" };
    for (const layer of spec.layer ?? [spec]) layer.mark = { ...(typeof layer.mark === "string" ? { type: layer.mark } : layer.mark), tooltip: true };
    place.className = "chart";
    figure.append(place);
    await window.vegaEmbed(place, spec, { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true }, logLevel: 1 });
    for (const drawing of figure.querySelectorAll(".drawing")) drawing.hidden = true;
  } catch (error) {
    figure.dataset.still = "true"; // the drawing is there; nothing more is tried
  } finally {
    figure.removeAttribute("aria-busy");
  }
}

function onceReachedFor(figure) {
  let waiting;
  const start = () => {
    figure.removeEventListener("pointerenter", wait);
    void enliven(figure);
  };
  const wait = (event) => {
    if (event.pointerType === "touch") return;
    waiting = setTimeout(start, NOT_YET);
  };
  figure.addEventListener("pointerenter", wait);
  figure.addEventListener("pointerleave", () => clearTimeout(waiting));
}

/** Arrow keys go through the rows of the table behind a chart, and each is read out. */
function readable(figure) {
  const table = document.getElementById(figure.dataset.table);
  if (!table) return;
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  let at = -1;
  figure.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -rows.length, End: rows.length };
    if (!(event.key in steps) || !rows.length) return;
    event.preventDefault();
    rows[at]?.removeAttribute("aria-selected");
    at = Math.min(rows.length - 1, Math.max(0, at + steps[event.key]));
    rows[at].setAttribute("aria-selected", "true");
    const words = [...rows[at].cells].map((cell, number) => `${heads[number]}: ${cell.title || cell.textContent}`).join(", ");
    said.textContent = words;
    let shown = figure.querySelector(".reading");
    if (!shown) {
      shown = document.createElement("p");
      shown.className = "reading";
      shown.setAttribute("aria-hidden", "true");
      figure.append(shown);
    }
    shown.textContent = words;
  });
  figure.addEventListener("blur", () => figure.querySelector(".reading")?.remove());
}

for (const figure of document.querySelectorAll("figure[data-table]")) {
  readable(figure);
  if (figure.dataset.spec) onceReachedFor(figure);
}

for (const button of document.querySelectorAll(".copy button")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    said.textContent = "Copied";
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

// What a worker still counts is looked at again.
for (const link of document.querySelectorAll("a[data-again]")) {
  setTimeout(() => location.replace(link.href), 1000 * Number(link.dataset.again));
}

// Colours of a living chart are fixed when it is made; a change of theme goes back to the drawing, which follows it.
DARK.addEventListener("change", () => {
  for (const chart of document.querySelectorAll("figure .chart")) {
    for (const drawing of chart.parentElement.querySelectorAll(".drawing")) drawing.hidden = false;
    onceReachedFor(chart.parentElement);
    chart.remove();
  }
});
