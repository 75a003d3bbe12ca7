"use strict";
/* Pairs in random order, recorded ones on the left in exactly half of them; what is right is worked out after the answer. */
(() => {
  const EDGE = 128, TRIES = 6, Z = 1.959963984540054;
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const one = (name) => document.querySelector(`[data-${name}]`);
  const held = JSON.parse(document.getElementById("pairs").textContent);
  const draw = (count) => { const lot = new Uint32Array(1); crypto.getRandomValues(lot); return lot[0] % count; };
  const shuffled = (all) => { const out = [...all]; for (let i = out.length - 1; i > 0; i--) { const j = draw(i + 1); [out[i], out[j]] = [out[j], out[i]]; } return out; };
  let trials = [], at = 0, smooth = true;

  /* Wilson 1927, J. Am. Stat. Assoc. 22, 209-212. */
  function wilson(hits, count) {
    const share = hits / count, square = Z * Z;
    const middle = (share + square / (2 * count)) / (1 + square / count);
    const reach = (Z / (1 + square / count)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count));
    return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
  }

  const parity = (number) => { let odd = 0; for (let rest = number; rest; rest &= rest - 1) odd ^= 1; return odd; };
  const picture = (name) => { const image = new Image(); image.src = `data:image/webp;base64,${held.pictures[name]}`; return image.decode().then(() => image); };

  /* The liveliest of a few places, by both pictures together, so that the choice tells nothing of either. */
  function place(images) {
    const [wide, high] = [images[0].naturalWidth, images[0].naturalHeight];
    const edge = Math.min(EDGE, wide, high);
    const canvas = new OffscreenCanvas(edge, edge);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let best = null;
    for (let index = 0; index < TRIES; index++) {
      const [x, y] = [draw(wide - edge + 1), draw(high - edge + 1)];
      let worth = 0;
      for (const image of images) {
        context.drawImage(image, x, y, edge, edge, 0, 0, edge, edge);
        const { data } = context.getImageData(0, 0, edge, edge);
        let sum = 0, squares = 0;
        for (let i = 0; i < data.length; i += 4) { sum += data[i]; squares += data[i] * data[i]; }
        worth += squares / (edge * edge) - (sum / (edge * edge)) ** 2;
      }
      if (!best || worth > best.worth) best = { x, y, edge, worth };
    }
    return best;
  }

  function paint(canvas, image, where) {
    canvas.width = canvas.height = EDGE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, where.x, where.y, where.edge, where.edge, 0, 0, EDGE, EDGE);
    if (smooth) smoothed(context);
  }

  /* A binomial of four passes along each axis, a Gaussian of 1.4 pixels: the noise of a camera alone tells a recording. */
  function smoothed(context) {
    const image = context.getImageData(0, 0, EDGE, EDGE);
    let grey = Float32Array.from({ length: EDGE * EDGE }, (_, index) => image.data[4 * index]);
    const at = (x, y) => grey[Math.min(EDGE - 1, Math.max(0, y)) * EDGE + Math.min(EDGE - 1, Math.max(0, x))];
    for (let pass = 0; pass < 8; pass++) {
      const [dx, dy] = pass % 2 ? [0, 1] : [1, 0];
      grey = grey.map((value, index) => { const x = index % EDGE, y = (index - x) / EDGE; return (at(x - dx, y - dy) + 2 * value + at(x + dx, y + dy)) / 4; });
    }
    grey.forEach((value, index) => image.data.fill(value, 4 * index, 4 * index + 3));
    context.putImageData(image, 0, 0);
  }

  async function ask() {
    const trial = trials[at];
    trial.images = await Promise.all(trial.pair.two.map(picture));
    trial.where = place(trial.images);
    document.querySelectorAll(".pairing canvas").forEach((canvas, side) => paint(canvas, trial.images[side ^ trial.flip], trial.where));
    one("progress").textContent = `${at + 1} of ${trials.length}, ${trial.pair.of[0]}`;
  }

  async function start() {
    const label = one("label").value;
    const pool = held.pairs.filter((pair) => !label || pair.of[0] === label);
    const count = Number(one("count").value);
    let drawn = [];
    while (drawn.length < count) drawn = drawn.concat(shuffled(pool));
    const lefts = shuffled(Array.from({ length: count }, (_, index) => index % 2));
    /* flip so that the recorded one, at place parity(n) of the pair, comes to the side that was drawn */
    trials = drawn.slice(0, count).map((pair, index) => ({ pair, flip: parity(pair.n) ^ lefts[index], chosen: null }));
    at = 0;
    smooth = one("smooth").checked;
    part("start").hidden = part("result").hidden = true;
    part("trial").hidden = false;
    await ask();
    document.querySelector("[data-side]").focus();
  }

  async function answer(side) {
    if (part("trial").hidden || !trials[at].images || trials[at].chosen !== null) return;
    trials[at].chosen = side;
    at += 1;
    if (at < trials.length) await ask(); else end();
  }

  const right = (trial) => (trial.chosen ^ trial.flip) === parity(trial.pair.n);
  const percent = (share) => `${Math.round(100 * share)} %`;

  function end() {
    const hits = trials.filter(right).length;
    const [low, high] = wilson(hits, trials.length);
    part("trial").hidden = true;
    part("result").hidden = false;
    one("progress-end").textContent = `${trials.length} pairs`;
    one("verdict").textContent = low > 0.5 ? "You can tell them apart." : high < 0.5 ? "You take predictions for real." : "You cannot be shown to tell them apart.";
    one("figures").textContent = `${hits} of ${trials.length} right, ${percent(hits / trials.length)}; 95 % interval ${percent(low)} to ${percent(high)} (Wilson). Guessing gives 50 %.`;
    scale(hits / trials.length, low, high);
    by();
    seen();
    one("verdict").focus();
  }

  function scale(share, low, high) {
    const x = (value) => 20 + 360 * value;
    const svg = one("scale");
    svg.setAttribute("aria-label", one("figures").textContent);
    svg.innerHTML = `<line x1="20" x2="380" y1="18" y2="18"/><line class="chance" x1="200" x2="200" y1="4" y2="32"/><line class="range" x1="${x(low)}" x2="${x(high)}" y1="18" y2="18"/><circle cx="${x(share)}" cy="18" r="7"/>` + [0, 0.5, 1].map((value) => `<text x="${x(value)}" y="47">${value === 0.5 ? "guessing" : percent(value)}</text>`).join("");
  }

  function by() {
    const rows = new Map();
    for (const trial of trials) rows.set(trial.pair.of[1], [...(rows.get(trial.pair.of[1]) || []), right(trial)]);
    one("by").replaceChildren(...[...rows].map(([model, all]) => {
      const hits = all.filter(Boolean).length, [low, high] = wilson(hits, all.length);
      const row = document.createElement("tr");
      row.append(...[model, `${hits} of ${all.length}`, `${percent(low)} to ${percent(high)}`].map((text, index) => Object.assign(document.createElement(index ? "td" : "th"), { textContent: text })));
      return row;
    }));
  }

  function seen() {
    one("seen").replaceChildren(...trials.map((trial) => {
      const figure = document.createElement("figure"), both = document.createElement("div"), told = document.createElement("figcaption");
      const recorded = parity(trial.pair.n);
      for (const index of [recorded, 1 - recorded]) {
        const canvas = document.createElement("canvas");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", index === recorded ? "recorded" : "predicted");
        paint(canvas, trial.images[index], trial.where);
        both.append(canvas);
      }
      const mark = Object.assign(document.createElement("b"), { className: right(trial) ? "right" : "wrong", textContent: right(trial) ? "right" : "wrong" });
      told.append(mark, `; recorded, then predicted: ${trial.pair.of.join(", ")}`);
      figure.append(both, told);
      return figure;
    }));
  }

  document.querySelector(".ask").addEventListener("submit", (event) => { event.preventDefault(); start(); });
  one("again").addEventListener("click", () => { part("result").hidden = true; part("start").hidden = false; });
  for (const button of document.querySelectorAll("[data-side]")) button.addEventListener("click", () => answer(Number(button.dataset.side)));
  addEventListener("keydown", (event) => {
    const side = { ArrowLeft: 0, ArrowRight: 1 }[event.key];
    if (side !== undefined && !part("trial").hidden) { event.preventDefault(); answer(side); }
  });
})();
