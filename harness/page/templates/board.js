"use strict";
/* One label at a time; what is pointed at comes forward everywhere; the command is copied. */
(() => {
  const all = (root, what) => [...root.querySelectorAll(what)];

  function tabs(board) {
    const buttons = all(board, "[role=tab]");
    const sheets = all(board, ".sheet");
    if (!buttons.length) return () => {};
    const open = (slug) => {
      for (const sheet of sheets) sheet.hidden = sheet.id !== slug;
      for (const button of buttons) {
        const mine = button.getAttribute("aria-controls") === slug;
        button.setAttribute("aria-selected", mine);
        button.tabIndex = mine ? 0 : -1;
        if (mine) button.parentElement.scrollTo({ left: button.offsetLeft - button.parentElement.clientWidth / 2 + button.clientWidth / 2 });
      }
      board.dispatchEvent(new CustomEvent("label", { detail: slug }));
    };
    buttons.forEach((button, index) => {
      button.addEventListener("click", () => { open(button.getAttribute("aria-controls")); history.replaceState(null, "", `#${button.getAttribute("aria-controls")}`); });
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, Home: -index, End: buttons.length - 1 - index }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const next = buttons[(index + step + buttons.length) % buttons.length];
        next.focus();
        next.click();
      });
    });
    const asked = sheets.find((sheet) => `#${sheet.id}` === location.hash);
    open((asked || sheets[0]).id);
    return open;
  }

  function pointing(board) {
    const pick = (model) => {
      board.classList.toggle("picking", Boolean(model));
      for (const one of all(board, "[data-model]")) one.classList.toggle("on", Boolean(model) && one.dataset.model === model);
    };
    const day = (figure, session) => {
      figure.classList.toggle("day", Boolean(session));
      for (const dot of all(figure, "[data-session]")) dot.classList.toggle("on", dot.dataset.session === session);
    };
    board.addEventListener("pointerover", (event) => {
      const dot = event.target.closest("[data-session]");
      const drawn = event.target.closest("figure [data-model], .matrix [data-model], .ranking [data-model], .multiples [data-model]");
      pick(drawn && !dot ? drawn.dataset.model : "");
      for (const figure of all(board, "figure.strips")) day(figure, dot ? dot.dataset.session : "");
    });
    board.addEventListener("pointerleave", () => pick(""));
  }

  function copying(board) {
    for (const button of all(board, "[data-copy]")) {
      button.addEventListener("click", async () => {
        const code = button.parentElement.querySelector("code");
        try { await navigator.clipboard.writeText(code.textContent); } catch {
          const range = document.createRange();
          range.selectNodeContents(code);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1600);
      });
    }
  }

  for (const board of all(document, ".board")) {
    const open = tabs(board);
    pointing(board);
    copying(board);
    board.addEventListener("click", (event) => {
      const link = event.target.closest("[data-open]");
      if (link) open(link.dataset.open);
    });
    addEventListener("hashchange", () => { if (board.querySelector(`.sheet[id="${CSS.escape(location.hash.slice(1))}"]`)) open(location.hash.slice(1)); });
  }
})();
