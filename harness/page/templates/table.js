"use strict";
/* The ranking of a label: sorted by a column, filtered by words, rows opened for what is behind them. */
(() => {
  const value = (body, key) => {
    const text = key === "model" ? body.dataset.model : body.dataset[key];
    return key === "model" ? text : text === "" || text === undefined ? null : Number(text);
  };
  const compare = (key, down) => (one, other) => {
    const [a, b] = [value(one, key), value(other, key)];
    if (a === null || b === null) return (a === null) - (b === null) || one.dataset.place - other.dataset.place;
    const order = typeof a === "string" ? a.localeCompare(b) : a - b;
    return (down ? -order : order) || one.dataset.place - other.dataset.place;
  };

  for (const sheet of document.querySelectorAll(".sheet")) {
    const table = sheet.querySelector(".ranking");
    const tools = sheet.querySelector(".tools");
    const bodies = [...table.tBodies];
    const heads = [...table.querySelectorAll("[data-key]")];
    bodies.forEach((body, index) => { body.dataset.place = index; });

    const sort = (key, down) => {
      for (const head of heads) head.parentElement.setAttribute("aria-sort", head.dataset.key === key ? (down ? "descending" : "ascending") : "none");
      for (const body of [...bodies].sort(compare(key, down))) table.append(body);
      tools.querySelector("[data-sort]").value = key;
    };
    const filter = () => {
      const words = tools.querySelector("[data-find]").value.toLowerCase().split(/\s+/).filter(Boolean);
      const controls = tools.querySelector("[data-controls]").checked;
      const sound = tools.querySelector("[data-sound]").checked;
      let shown = 0;
      for (const body of bodies) {
        const text = body.dataset.text.toLowerCase();
        const kept = words.every((word) => text.includes(word)) && (controls || !body.classList.contains("control"));
        body.hidden = !kept || (sound && Number(body.dataset.failed) > 0);
        shown += !body.hidden;
      }
      tools.querySelector("[data-count]").value = `${shown} of ${bodies.length} rows`;
    };

    for (const head of heads) {
      head.addEventListener("click", () => {
        const now = head.parentElement.getAttribute("aria-sort");
        const first = head.dataset.key === "score" ? "descending" : "ascending";
        sort(head.dataset.key, now === "none" ? first === "descending" : now === "ascending");
      });
    }
    tools.querySelector("[data-sort]").addEventListener("change", (event) => sort(event.target.value, event.target.value === "score"));
    tools.addEventListener("input", filter);
    tools.addEventListener("submit", (event) => event.preventDefault());
    table.addEventListener("click", (event) => {
      const button = event.target.closest(".open");
      if (!button) return;
      const more = document.getElementById(button.getAttribute("aria-controls"));
      more.hidden = !more.hidden;
      button.setAttribute("aria-expanded", String(!more.hidden));
    });
    heads[0].parentElement.setAttribute("aria-sort", "ascending");
    filter();
  }
})();
