// The picture in the middle: shown, zoomed, chosen from, with the room's cards pinned to it.

import { fill, focused, h, parsePicture, s } from "./dom.js";
import { boxOf, light, nextEdge, partAt, partsOf, ring, step } from "./parts.js";
import { pinned } from "./pins.js";
import { Viewport } from "./viewport.js";

const LIT = new Set(["activity", "others", "touchpoint", "move"]);

/** The picture's area of the board `b`. */
export class PictureArea {
  constructor(b) {
    this.b = b;
    this.holder = h("div", { class: "jb-svg" });
    Object.assign(this, { svg: null, parts: null, port: null, text: null, shape: "" });
    this.observer = new ResizeObserver(() => this.port?.resized());
    this.observer.observe(this.holder);
  }

  close() {
    this.observer.disconnect();
  }

  /** Show what the trait `picture` holds; focus and zoom stay where they still make sense. */
  show() {
    const text = this.b.host.get("picture");
    if (text === this.text) return;
    this.text = text;
    const at = focused(this.b.root);
    const had = this.holder.contains(at) ? partAt(at)?.dataset.pin : null;
    try {
      this.put(parsePicture(text));
    } catch (problem) {
      this.b.say(this.b.t("picture_refused", { reason: problem.message }), "error");
      return;
    }
    if (had) this.parts.byPin.get(had)?.[0]?.focus({ preventScroll: true });
    this.b.player.renew();
  }

  put(svg) {
    const { kind, detail } = this.b.host.get("view");
    const shape = [kind, detail, svg.getAttribute("viewBox")].join("|");
    const before = shape === this.shape && !this.port.untouched ? this.port.view : null;
    prepare(svg);
    this.rings = s("g", { class: "jb-rings", "aria-hidden": "true" });
    this.over = s("g", { class: "jb-pins", "aria-hidden": "true" });
    Object.assign(this, { svg, shape, parts: partsOf(svg) });
    svg.append(this.rings, this.over);
    fill(this.holder, []);
    this.holder.append(svg);
    this.port = new Viewport(svg, {
      zooms: ({ ctrlKey, metaKey }) => ctrlKey || metaKey,
      changed: () => this.moved(),
    });
    this.listen();
    if (before) this.port.set(before);
    else this.port.resized();
    this.mark();
  }

  moved() {
    if (!this.port) return;
    this.pins();
    this.b.player.place();
  }

  listen() {
    this.svg.addEventListener("click", ({ target }) => {
      if (!this.port.dragged) this.b.choose(partAt(target)?.dataset.pin ?? null);
    });
    this.svg.addEventListener("keydown", (event) => this.keyed(event));
    this.svg.addEventListener("focusin", ({ target }) => {
      const node = partAt(target);
      if (node?.matches(":focus-visible")) this.port.reveal(boxOf(node));
      this.mark();
    });
    this.svg.addEventListener("focusout", () => requestAnimationFrame(() => this.mark()));
  }

  keyed(event) {
    const node = partAt(event.target);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.b.choose(node.dataset.pin);
      return;
    }
    const next = event.key === "e" ? nextEdge(this.parts, node) : step(this.parts, node, event.key);
    if (next || event.key.startsWith("Arrow")) event.preventDefault();
    next?.focus({ preventScroll: true });
  }

  /** Show what is chosen and what has the focus. */
  mark() {
    if (!this.svg) return;
    const chosen = this.parts.byPin.get(this.b.ui.pin) ?? [];
    for (const node of this.svg.querySelectorAll("[aria-pressed]")) node.removeAttribute("aria-pressed");
    for (const node of chosen) node.setAttribute("aria-pressed", "true");
    const first = chosen.find((node) => LIT.has(node.dataset.kind));
    light(this.svg, this.parts, this.b.host.get("view").kind === "flow" ? first : null);
    const rings = chosen.map((node) => ring(node, "chosen"));
    const at = focused(this.b.root);
    const node = at && this.svg.contains(at) ? partAt(at) : null;
    if (node?.matches(":focus-visible")) rings.push(ring(node, "focus"));
    this.rings.replaceChildren(...rings);
  }

  /** Draw the marks of the cards anew. */
  pins() {
    if (this.port) pinned(this.b, this);
  }

  /** Bring the part of `pin` into sight and give it the focus. */
  goTo(pin) {
    const node = this.parts?.byPin.get(pin)?.[0];
    const part = node?.closest("g[data-kind]") ?? node;
    if (!part) return;
    this.port.reveal(boxOf(part));
    part.focus({ preventScroll: true });
  }

  /** Ids of the findings whose badges stand at `pin`. */
  findingsOf(pin) {
    const nodes = this.parts?.byPin.get(pin) ?? [];
    return nodes.flatMap((node) =>
      [...node.querySelectorAll("[data-finding]")].map((badge) => badge.dataset.finding),
    );
  }
}

function prepare(svg) {
  for (const name of ["width", "height", "style"]) svg.removeAttribute(name);
  svg.setAttribute("role", "group");
  for (const node of svg.querySelectorAll("[data-pin]")) {
    node.setAttribute("role", "button");
    if (node.matches("g[data-kind]")) node.setAttribute("tabindex", "0");
  }
}
