// The picture in the middle: shown, zoomed, chosen from, with the room's cards pinned to it.

import { fill, focused, h, parsePicture, s } from "./dom.js";
import { boxOf, light, nextEdge, partAt, partsOf, ring, step } from "./parts.js";
import { pinned } from "./pins.js";
import { viewport } from "./viewport.js";

const LIT = new Set(["activity", "others", "move"]);

/** The picture's area; `b` is the board. Gives what the other parts need of it. */
export function pictureArea(b) {
  const holder = h("div", { class: "jb-svg" });
  const state = { svg: null, parts: null, port: null, shape: "", over: null, rings: null, text: null };

  const changed = () => {
    if (state.over) pinned(b, state);
    b.pictureMoved?.();
  };
  const show = () => {
    const text = b.host.get("picture");
    if (text === state.text) return;
    state.text = text;
    const had = holder.contains(focused(b.root)) ? partAt(focused(b.root))?.dataset.pin : null;
    let svg;
    try {
      svg = parsePicture(text);
    } catch (problem) {
      b.say(b.t("picture_refused", { reason: problem.message }), "error");
      return;
    }
    prepare(svg);
    fill(holder, []);
    holder.append(svg);
    place(svg);
    if (had) state.parts.byPin.get(had)?.[0]?.focus({ preventScroll: true });
    b.pictureChanged?.();
  };
  const prepare = (svg) => {
    for (const name of ["width", "height", "style"]) svg.removeAttribute(name);
    svg.setAttribute("role", "group");
    for (const node of svg.querySelectorAll("[data-pin]")) {
      node.setAttribute("role", "button");
      if (node.matches("g[data-kind]")) node.setAttribute("tabindex", "0");
    }
  };
  const place = (svg) => {
    const view = b.host.get("view");
    const shape = [view.kind, view.detail, svg.getAttribute("viewBox")].join("|");
    const before = shape === state.shape && !state.port.untouched() ? state.port.get() : null;
    state.svg = svg;
    state.shape = shape;
    state.parts = partsOf(svg);
    state.rings = s("g", { class: "jb-rings", "aria-hidden": "true" });
    state.over = s("g", { class: "jb-pins", "aria-hidden": "true" });
    svg.append(state.rings, state.over);
    state.port = viewport(svg, { zooms: b.wheelZooms, changed });
    if (before) state.port.set(before);
    else state.port.resized();
    wire(svg);
    mark();
  };
  const wire = (svg) => {
    svg.addEventListener("click", (event) => {
      if (state.port.dragged()) return;
      const node = partAt(event.target);
      if (node) b.choose(node.dataset.pin);
      else b.choose(null);
    });
    svg.addEventListener("keydown", onKey);
    svg.addEventListener("focusin", (event) => {
      const node = partAt(event.target);
      if (!node) return;
      if (node.matches(":focus-visible")) state.port.reveal(boxOf(node));
      mark();
    });
    svg.addEventListener("focusout", () => requestAnimationFrame(mark));
  };
  const onKey = (event) => {
    const node = partAt(event.target);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      b.choose(node.dataset.pin);
      return;
    }
    const next = event.key === "e" ? nextEdge(state.parts, node) : step(state.parts, node, event.key);
    if (next || event.key.startsWith("Arrow")) event.preventDefault();
    next?.focus({ preventScroll: true });
  };
  const mark = () => {
    if (!state.svg) return;
    const chosen = state.parts.byPin.get(b.ui.pin) ?? [];
    for (const node of state.svg.querySelectorAll("[aria-pressed]")) node.removeAttribute("aria-pressed");
    for (const node of chosen) node.setAttribute("aria-pressed", "true");
    const first = chosen.find((node) => node.matches("g[data-kind]"));
    light(state.svg, state.parts, first && LIT.has(first.dataset.kind) && b.host.get("view").kind === "flow" ? first : null);
    const focus = partAt(focused(b.root) ?? b.root);
    const rings = chosen.map((node) => ring(node, "chosen"));
    if (focus && state.svg.contains(focus) && focus.matches(":focus-visible")) rings.push(ring(focus, "focus"));
    state.rings.replaceChildren(...rings);
  };
  const observer = new ResizeObserver(() => state.port?.resized());
  observer.observe(holder);
  return {
    holder,
    close: () => observer.disconnect(),
    state,
    show,
    mark,
    pins: () => state.over && pinned(b, state),
    /** Bring the part of `pin` into sight and give it the focus. */
    goTo(pin) {
      const node = state.parts?.byPin.get(pin)?.[0];
      if (!node) return false;
      const part = node.closest("g[data-kind]") ?? node;
      state.port.reveal(boxOf(part));
      part.focus({ preventScroll: true });
      return true;
    },
    findingsOf: (pin) => (state.parts?.byPin.get(pin) ?? []).flatMap((node) => [...node.querySelectorAll("[data-finding]")].map((n) => n.dataset.finding)),
  };
}
