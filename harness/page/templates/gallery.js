"use strict";
/* Pictures of one model at a time, a seam that is drawn over them, and the error, worked out here. */
(() => {
  const FULL = 128; /* difference, of 255, that has the full colour */
  const walls = {};
  const wall = (name) => (walls[name] ??= JSON.parse(document.getElementById(`${name}-pictures`).textContent));
  const source = (held, name) => `data:image/webp;base64,${held.pictures[name]}`;

  function load(name) {
    const image = new Image();
    image.src = name;
    return image.decode().then(() => image);
  }

  function counts(image) {
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  async function drawError(canvas, truth, prediction) {
    const asked = (canvas.dataset.asked = `${truth.length} ${prediction.slice(-64)}`);
    const [one, other] = (await Promise.all([load(truth), load(prediction)])).map(counts);
    if (canvas.dataset.asked !== asked || one.width !== other.width) return;
    for (let at = 0; at < one.data.length; at += 4) {
      const more = (other.data[at] - one.data[at]) / FULL;
      const [red, green, blue] = more > 0 ? [255, 122, 51] : [77, 159, 255];
      const height = Math.min(1, Math.abs(more));
      one.data[at] = red * height;
      one.data[at + 1] = green * height;
      one.data[at + 2] = blue * height;
    }
    canvas.width = one.width;
    canvas.height = one.height;
    canvas.getContext("2d").putImageData(one, 0, 0);
  }

  function fill(figure, held, label, model, shot) {
    figure.hidden = !shot;
    if (!shot) return;
    const where = `field ${shot.field}${shot.session ? `, session ${shot.session}` : ""}`;
    figure.querySelector("[data-told]").textContent = `r ${shot.score}, the ${shot.place} of ${shot.of}; ${where}`;
    figure.querySelector("[data-channel]").textContent = `, ${shot.channel}`;
    const words = { truth: `Recorded ${label}, ${where}`, prediction: `${label} predicted by ${model}, ${where}, r ${shot.score}`, input: `Input ${shot.channel}, ${where}` };
    for (const [kind, alt] of Object.entries(words)) {
      const image = figure.querySelector(`[data-show="${kind}"]`);
      image.src = source(held, shot[kind]);
      image.alt = alt;
      if (kind === "truth") image.onload = () => { figure.querySelector(".compare").style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`; };
    }
    const canvas = figure.querySelector("[data-error]");
    canvas.setAttribute("aria-label", `Error of ${model} on ${label}, ${where}: prediction less truth`);
    drawError(canvas, source(held, shot.truth), source(held, shot.prediction));
  }

  for (const gallery of document.querySelectorAll(".gallery")) {
    const pick = gallery.querySelector("[data-pick]");
    if (!pick) continue;
    const { label } = gallery.dataset;
    const shots = [...gallery.querySelectorAll(".shot")];
    const sliders = [...gallery.querySelectorAll(".slide")];
    const show = () => {
      const held = wall(gallery.dataset.gallery);
      for (const figure of shots) fill(figure, held, label, pick.value, held.labels[label][pick.value].find((shot) => shot.place === figure.dataset.place));
    };
    const move = (slider, value) => {
      const together = gallery.querySelector("[data-together]").checked;
      for (const one of together ? sliders : [slider]) {
        one.value = value;
        one.setAttribute("aria-valuetext", `${one.value} % truth`);
        one.closest(".shot").querySelector(".compare").style.setProperty("--at", one.value);
      }
    };
    for (const slider of sliders) {
      const compare = slider.closest(".shot").querySelector(".compare");
      const follow = (event) => {
        const box = compare.getBoundingClientRect();
        move(slider, Math.round(((event.clientX - box.left) / box.width) * 100));
      };
      slider.addEventListener("input", () => move(slider, slider.value));
      compare.addEventListener("pointerdown", (event) => { compare.setPointerCapture(event.pointerId); follow(event); });
      compare.addEventListener("pointermove", (event) => { if (event.buttons) follow(event); });
      move(slider, 50);
    }
    gallery.querySelector("[data-bright]").addEventListener("input", (event) => gallery.style.setProperty("--bright", event.target.value));
    pick.addEventListener("change", show);
    /* Decoded only once they are near: forty models on ten labels would be many pictures. */
    new IntersectionObserver((seen, watcher) => { if (seen.some((one) => one.isIntersecting)) { watcher.disconnect(); show(); } }, { rootMargin: "600px" }).observe(gallery);
  }
})();
