// The parts of a picture: which there are, what touches what, where the arrow keys lead, and choosing.

import { s } from "./dom.js";

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const CONE = Math.cos((62 * Math.PI) / 180);

/** The box of a part in the picture's own units. */
export function boxOf(node) {
  const { x, y, width, height } = lineOf(node)?.getBBox() ?? node.getBBox();
  return { x, y, width, height };
}
export const lineOf = (node) => (node.dataset.source ? node.querySelector("path[data-line]") : null);
const middle = (node) => {
  const line = lineOf(node);
  if (line) return line.getPointAtLength(line.getTotalLength() / 2);
  const box = node.getBBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

/** Parts of `svg`: by pin and by DOM id, with what they touch. */
export function partsOf(svg) {
  const nodes = [...svg.querySelectorAll("g[data-kind]")];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byPin = new Map();
  for (const node of svg.querySelectorAll("[data-pin]")) {
    const pin = node.dataset.pin;
    byPin.set(pin, [...(byPin.get(pin) ?? []), node]);
  }
  const edges = nodes.filter((node) => node.dataset.source);
  const ends = (edge) => [byId.get(edge.dataset.source), byId.get(edge.dataset.target)].filter(Boolean);
  const edgesOf = (node) =>
    edges.filter((edge) => edge.dataset.source === node.id || edge.dataset.target === node.id);
  const neighbours = (node) => {
    const met = node.dataset.source ? ends(node) : edgesOf(node).flatMap(ends);
    return [...new Set(met)].filter((other) => other !== node);
  };
  return { nodes, byId, byPin, edges, ends, edgesOf, neighbours };
}

/** Mark what touches `node` so that the style sheet can dim the rest; null brings all back. */
export function light(svg, parts, node) {
  svg.classList.toggle("focused", Boolean(node));
  const edges = node ? (node.dataset.source ? [node] : parts.edgesOf(node)) : [];
  const near = new Set([...(node ? [node] : []), ...edges, ...edges.flatMap(parts.ends)]);
  for (const other of parts.nodes) other.classList.toggle("near", near.has(other));
}

function toward(from, nodes, [dx, dy]) {
  const start = middle(from);
  let best = null;
  let least = Infinity;
  for (const node of nodes) {
    if (node === from || from.contains(node) || node.contains(from)) continue;
    const to = middle(node);
    const away = Math.hypot(to.x - start.x, to.y - start.y);
    const along = (to.x - start.x) * dx + (to.y - start.y) * dy;
    if (!away || along / away < CONE) continue;
    const cost = along + 2.2 * Math.sqrt(Math.max(away * away - along * along, 0));
    if (cost < least) [best, least] = [node, cost];
  }
  return best;
}

/** The part an arrow key leads to: along an edge where there is one that way, else the nearest. */
export function step(parts, from, key) {
  const way = DIRECTIONS[key];
  if (!way) return null;
  const boxes = parts.nodes.filter((node) => !node.dataset.source);
  return (
    toward(from, parts.neighbours(from), way) ?? toward(from, boxes, way) ?? toward(from, parts.nodes, way)
  );
}

/** The next edge of a box, or the next of the edges that leave the same box. */
export function nextEdge(parts, from) {
  const box = from.dataset.source ? parts.byId.get(from.dataset.source) : from;
  const round = box
    ? parts
        .edgesOf(box)
        .sort((a, b) => (a.dataset.source === box.id ? 0 : 1) - (b.dataset.source === box.id ? 0 : 1))
    : [];
  return round.length ? round[(round.indexOf(from) + 1) % round.length] : null;
}

/** The part under an event, the innermost first; null beside all of them. */
export const partAt = (target) =>
  target.closest?.("[data-finding][data-pin], g[data-kind][data-pin]") ?? null;

/** A ring around a part: a frame, or the line itself drawn thick. */
export function ring(node, name) {
  const line = lineOf(node);
  if (line)
    return s("path", { class: `jb-ring ${name} jb-ring-line`, d: line.getAttribute("d"), fill: "none" });
  const box = node.getBBox();
  const gap = 4;
  const place = {
    x: box.x - gap,
    y: box.y - gap,
    width: box.width + 2 * gap,
    height: box.height + 2 * gap,
    rx: 9,
  };
  return s("rect", { class: `jb-ring ${name}`, ...place, fill: "none" });
}
