// The query box with a script: Ctrl+Enter runs, and names are offered at the caret.
// Trap: names come from tables and functions that anybody may define. They become text nodes and
// attributes here, never markup.
"use strict";

(() => {
  const box = document.getElementById("q");
  const keys = document.getElementById("keys");
  if (!box) return;
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let items = []; // what is offered
  let answer = null; // the answer that they are from
  let active = 0;
  let asked = 0; // the number of the last question: an answer to an earlier one is late
  let timer = 0;

  // ---- The combobox, as the ARIA practices describe it --------------------------------------

  list.id = "offers";
  list.className = "offers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Names that may stand here");
  list.hidden = true;
  status.className = "hidden";
  status.setAttribute("role", "status");
  box.after(list, status);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  keys.append(" ", keys.dataset.keys);

  function show(given) {
    answer = given;
    items = given.items;
    if (items.length === 0) return close();
    list.replaceChildren(...items.map(option));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    status.textContent = `${items.length} offered`;
    choose(0);
    place();
  }

  function option(item, index) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    const kind = document.createElement("span");
    row.id = `offer-${index}`;
    row.setAttribute("role", "option");
    name.textContent = item.name;
    kind.textContent = item.kind;
    kind.className = "type";
    row.append(name, kind);
    // A press of the mouse must not take the focus from the box.
    row.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(index);
      take();
    });
    return row;
  }

  function choose(index) {
    active = (index + items.length) % items.length;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", list.children[active].id);
  }

  function close() {
    clearTimeout(timer);
    asked++;
    items = [];
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  function take() {
    const item = items[active];
    const at = box.selectionStart;
    box.setSelectionRange(at - answer.word, at + answer.rest);
    const inserted = item.before + item.after;
    // This way, and no other, undo takes it back.
    if (!document.execCommand("insertText", false, inserted)) box.setRangeText(inserted);
    const caret = at - answer.word + item.before.length;
    box.setSelectionRange(caret, caret);
    close();
  }

  // Under the line of the caret: a copy of the text up to there has the caret's place at its end.
  function place() {
    const style = getComputedStyle(box);
    const copy = document.createElement("div");
    const end = document.createElement("span");
    for (const name of ["font", "padding", "border", "letterSpacing", "lineHeight", "tabSize"]) {
      copy.style[name] = style[name];
    }
    copy.style.cssText += "position:absolute;visibility:hidden;white-space:pre;top:0;left:0";
    copy.textContent = box.value.slice(0, box.selectionStart - answer.word);
    end.textContent = "\u200b";
    copy.append(end);
    box.parentElement.append(copy);
    const top = end.offsetTop + end.offsetHeight - box.scrollTop;
    const left = end.offsetLeft - box.scrollLeft;
    copy.remove();
    const room = Math.max(0, box.clientWidth - list.offsetWidth);
    list.style.top = `${Math.min(Math.max(top, 0), box.offsetHeight)}px`;
    list.style.left = `${Math.min(Math.max(left, 0), room)}px`;
  }

  // ---- Questions to the workspace -------------------------------------------------------------

  async function ask() {
    const number = ++asked;
    const text = new URLSearchParams({
      before: box.value.slice(0, box.selectionStart),
      after: box.value.slice(box.selectionEnd),
    });
    try {
      const response = await fetch(`/query/completions?${text}`);
      if (!response.ok) return;
      const given = await response.json();
      if (number === asked && document.activeElement === box) show(given);
    } catch {
      close(); // the workspace has ended: there is nothing to offer
    }
  }

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    const word = /[A-Za-z_$][\w-]*$/.test(box.value.slice(0, box.selectionStart));
    if (word && event.inputType !== "insertFromPaste") timer = setTimeout(ask, 120);
    else close();
  });

  box.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      box.form.requestSubmit();
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      ask();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (open && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      take();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End", "Enter"].includes(event.key)) {
      close();
    }
  });
  box.addEventListener("blur", close);
  box.addEventListener("scroll", close);

  // ---- Places of problems ---------------------------------------------------------------------

  document.querySelectorAll("a[data-at]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      // The place counts code points, the box UTF-16 units.
      const units = [...box.value].slice(0, Number(link.dataset.at)).join("").length;
      box.focus();
      box.setSelectionRange(units, units);
    });
  });
})();
