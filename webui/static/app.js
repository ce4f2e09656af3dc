// What pages do beyond plain HTML: the list below a search box, and forms that send themselves.
"use strict";

(() => {
  const boxes = document.querySelectorAll("input[data-suggest]");

  for (const input of boxes) {
    const list = document.getElementById(input.dataset.suggest);
    let chosen = -1;

    const options = () => [...list.querySelectorAll("[role=option]")];

    const show = (open) => {
      list.hidden = !open || options().length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      if (list.hidden) choose(-1);
    };

    const choose = (place) => {
      const all = options();
      chosen = place;
      all.forEach((option, k) => option.setAttribute("aria-selected", String(k === place)));
      if (place < 0) {
        input.removeAttribute("aria-activedescendant");
      } else {
        input.setAttribute("aria-activedescendant", all[place].id);
        all[place].scrollIntoView({ block: "nearest" });
      }
    };

    // an option leads to its film, or fills in and sends the form that the box is for
    const take = (option) => {
      const form = document.getElementById(input.dataset.into);
      if (!form) return location.assign(option.dataset.href);
      form.elements.love.value = option.dataset.movie;
      form.requestSubmit();
      htmx.trigger(input, "htmx:abort");
      input.value = "";
      list.replaceChildren();
      show(false);
    };

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // Enter and arrows are the input method's
      const count = list.hidden ? 0 : options().length;
      if (event.key === "ArrowDown" && list.hidden) show(true);
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose(chosen < 0 && step < 0 ? count - 1 : (chosen + step + count) % count);
      } else if (event.key === "Enter" && count && chosen >= 0) {
        event.preventDefault();
        take(options()[chosen]);
      } else if (event.key === "Escape") {
        htmx.trigger(input, "htmx:abort"); // what is still on its way would open the list again
        if (count) event.preventDefault(); // without a list it empties the box
        show(false);
      }
    });
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option || event.button !== 0) return;
      event.preventDefault(); // the box keeps the focus
      take(option);
    });
    list.addEventListener("htmx:afterSwap", () => {
      choose(-1); // what was chosen is gone
      show(document.activeElement === input);
    });
    input.addEventListener("focus", () => show(true));
    input.addEventListener("blur", () => show(false));
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !typing && boxes[0]) {
      event.preventDefault();
      boxes[0].focus();
    }
  });

  for (const form of document.querySelectorAll("form[data-autosubmit]")) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select")) form.requestSubmit();
    });
    form.querySelector("button").classList.add("sr");
    form.querySelector("button").tabIndex = -1;
  }

  // an open menu closes by Escape, and by a click beside it
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.menu-of[open]")) {
      if (menu.contains(but)) continue;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  };
  document.addEventListener("pointerdown", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));

  // a film's actions open in a dialog; without it the link leads to their page
  const body = document.body;
  const panel = document.getElementById("panel");
  const toast = document.getElementById("toast");
  let place = null; // the card, line or block whose control was used …
  let control = -1; // … and which of its controls
  let pointer = ""; // of the last press: mouse, touch, pen, or none for a key

  const controls = () => (place ? [...place.querySelectorAll("a, button, input")] : []);

  body.addEventListener("htmx:beforeRequest", (event) => {
    const at = event.detail.elt.closest(".card, .mine, tr, #elicit");
    if (!at) return;
    place = at;
    control = controls().indexOf(document.activeElement);
  });
  // settled, its form is htmx's: a quick Enter before that would load the page anew
  body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== panel || panel.open) return;
    panel.showModal();
    (panel.querySelector("[name=stars]:checked") ?? panel.querySelector("[name=stars]")).focus();
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful, requestConfig } = event.detail;
    if (requestConfig?.verb !== "post") return;
    if (panel.contains(elt)) panel.close();
    if (!successful) say(toast.dataset.failed);
    hideLater();
    // what was used has been replaced: the keyboard goes on where it was
    if (!document.activeElement || document.activeElement === body) {
      (controls()[control] ?? controls()[0])?.focus();
    }
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });

  const say = (words) => {
    const box = document.createElement("div");
    box.append(Object.assign(document.createElement("p"), { textContent: words }));
    toast.replaceChildren(box);
  };

  let timer = 0;
  const hideLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (toast.matches(":hover, :focus-within")) hideLater();
      else toast.replaceChildren();
    }, 12000);
  };
  if (toast.childElementCount) hideLater();

  // a click on a star rates at once; arrow keys only choose, and Enter rates
  document.addEventListener("pointerdown", (event) => (pointer = event.pointerType), true);
  document.addEventListener("keydown", () => (pointer = ""), true);
  document.addEventListener("change", (event) => {
    const { name, form } = event.target;
    if (pointer && name === "stars") form.querySelector("[value=rate]").click();
    if (pointer && name.startsWith("stars-")) form.requestSubmit();
  });

  // below a card, a mouse rates by the star it is on; a tap or Enter opens the dialog
  const opener = (event) => event.target.closest?.(".acts a");
  const under = (link, { clientX }) => {
    const { left, width } = link.querySelector(".stars").getBoundingClientRect();
    return Math.min(Math.max(Math.ceil((10 * (clientX - left)) / width), 1), 10) / 2;
  };
  const paint = (link, stars) => {
    link.querySelectorAll("use").forEach((use, k) => {
      const kind = stars > k + 0.5 ? "star" : stars > k ? "half-star" : "no-star";
      use.setAttribute("href", `#${kind}`);
    });
  };
  document.addEventListener("pointermove", (event) => {
    const link = event.pointerType === "mouse" && opener(event);
    if (link) paint(link, under(link, event));
  });
  document.addEventListener("pointerout", (event) => {
    const link = opener(event);
    if (link && !link.contains(event.relatedTarget)) paint(link, Number(link.dataset.own));
  });
  document.addEventListener("click", (event) => {
    const link = pointer === "mouse" && !event.ctrlKey && !event.metaKey && opener(event);
    if (!link) return;
    event.preventDefault();
    event.stopPropagation(); // the dialog stays away
    const source = link.parentElement.querySelector("form");
    const values = { command: "rate", stars: under(link, event) };
    htmx.ajax("POST", source.action, { source, values, swap: "none" });
  }, true);

  // points to share: what is left is said, and more cannot be given
  const sharing = document.querySelector("form[data-points]");
  const count = () => {
    const given = [...sharing.querySelectorAll(".pips :checked")].map((pip) => Number(pip.value));
    const left = Number(sharing.dataset.points) - given.reduce((sum, each) => sum + each, 0);
    sharing.querySelectorAll(".pips").forEach((pips, k) => {
      for (const pip of pips.querySelectorAll("input")) {
        pip.disabled = Number(pip.value) > (given[k] ?? 0) + left;
      }
    });
    const words = document.getElementById("left");
    words.textContent = words.dataset.left.replace("#", Math.max(left, 0));
  };
  if (sharing) {
    sharing.addEventListener("change", count);
    count();
  }

  // the link that loaded more is gone: the keyboard goes on at the first new film
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.elt?.rel === "next") {
      [...document.querySelectorAll(".grid")].pop()?.querySelector("a")?.focus();
    }
  });
})();
