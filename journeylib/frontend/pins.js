// Marks on the picture where cards are pinned: the kind by shape and letter, and how many.

import { s } from "./dom.js";
import { boxOf, lineOf } from "./parts.js";

const SIZE = 18;
const TYPE = 14;
const SHAPES = {
  touchpoint: "M0-9A9 9 0 1 1-.01-9Z",
  breakpoint: "M-3.7-9H3.7L9-3.7V3.7L3.7 9H-3.7L-9 3.7V-3.7Z",
  silo: "M0-10.5 10.5 0 0 10.5-10.5 0Z",
  idea: "M-6-8.5H6A2.5 2.5 0 0 1 8.5-6V6A2.5 2.5 0 0 1 6 8.5H-6A2.5 2.5 0 0 1-8.5 6V-6A2.5 2.5 0 0 1-6-8.5Z",
  question: "M-9-8.5H9V5H1L-3 10.5V5H-9Z",
};

/** The mark of a kind as SVG children around (0, 0): a shape with the kind's letter. */
function markShape(t, kind) {
  const shape = s("path", { d: SHAPES[kind] ?? SHAPES.idea, class: `jb-kind-shape jb-kind-${kind}` });
  const up = kind === "question" ? 2.6 : 4.2;
  return [
    shape,
    s("text", { x: 0, y: up, "text-anchor": "middle", class: "jb-kind-letter" }, t(`letter_${kind}`)),
  ];
}

/** The same mark to stand in a line of text. */
export const markIcon = (t, kind) =>
  s("svg", { class: "jb-kind", viewBox: "-12 -12 24 24", "aria-hidden": "true" }, markShape(t, kind));

/** How many cards of which kind stand at each pin. */
function counted(cards) {
  const found = new Map();
  for (const card of cards) {
    for (const pin of card.pins) {
      const kinds = found.get(pin.id) ?? new Map();
      found.set(pin.id, kinds.set(card.kind, (kinds.get(card.kind) ?? 0) + 1));
    }
  }
  return found;
}

/** Where marks stand: at the corner of a box; beside the middle of a line, away from its words. */
function anchor(node, scale) {
  const line = lineOf(node);
  if (line) {
    const half = line.getTotalLength() / 2;
    const [from, to] = [line.getPointAtLength(half), line.getPointAtLength(half + 1)];
    const upright = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
    return {
      x: from.x - (upright ? SIZE * 0.75 * scale : 0),
      y: from.y + (upright ? 0 : SIZE * 0.75 * scale),
    };
  }
  const box = boxOf(node);
  return { x: box.x - 4 * scale, y: box.y - 4 * scale };
}

function count(n) {
  const disc = s("circle", { cx: 9, cy: -8, r: 6.5, class: "jb-pin-count" });
  return [disc, s("text", { x: 9, y: -5, "text-anchor": "middle", class: "jb-pin-number" }, String(n))];
}

/** Draw the marks anew, as large on the screen at every zoom. */
export function pinned(b, { over, parts, port }) {
  const type = (parseFloat(getComputedStyle(b.root).fontSize) || TYPE) / TYPE; // no size before it is in the page
  const scale = Math.min(port.perPixel * type, port.home[2] / 500);
  const marks = [];
  for (const [pin, kinds] of counted(b.host.get("cards") ?? [])) {
    const node = parts.byPin.get(pin)?.[0];
    if (!node) continue;
    const { x, y } = anchor(node, scale);
    [...kinds].forEach(([kind, n], place) => {
      const at = `translate(${(x + place * (SIZE + 2) * scale).toFixed(1)} ${y.toFixed(1)}) scale(${scale.toFixed(3)})`;
      const mark = s(
        "g",
        { class: "jb-pin", transform: at, "data-at": pin, "data-cards": n },
        markShape(b.t, kind),
        n > 1 ? count(n) : null,
      );
      marks.push(mark);
    });
  }
  over.replaceChildren(...marks);
}
