// Zoom and pan: the picture's viewBox is what is seen.

const CLOSEST = 12;
const FARTHEST = 1.5;
const STEP = 0.75;
const TALL = 1.2;

/**
 * Zoom and pan for `svg`. `zooms(event)` says whether a turn of the wheel zooms; else it scrolls as far
 * as there is picture, and then the page. A picture much taller than its frame starts at full width.
 */
export function viewport(svg, { zooms = () => true, changed = () => {} } = {}) {
  const base = svg.viewBox.baseVal;
  const home = [base.x, base.y, base.width, base.height];
  const pointers = new Map();
  let view = [...home];
  let moved = false;
  let untouched = true;

  const start = () => {
    const { clientWidth: width, clientHeight: height } = svg;
    if (!width || !height) return [...home];
    const seen = home[2] * (height / width);
    return home[3] > TALL * seen ? [home[0], home[1], home[2], seen] : [...home];
  };
  const show = (touched = true) => {
    untouched = !touched;
    svg.setAttribute("viewBox", view.map((v) => v.toFixed(2)).join(" "));
    changed();
  };
  const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const zoom = (factor, x, y) => {
    const width = Math.min(Math.max(view[2] * factor, home[2] / CLOSEST), home[2] * FARTHEST);
    const ratio = width / view[2];
    view = [x - (x - view[0]) * ratio, y - (y - view[1]) * ratio, width, view[3] * ratio];
    show();
  };
  const zoomMiddle = (factor) => zoom(factor, view[0] + view[2] / 2, view[1] + view[3] / 2);
  const pan = (dx, dy) => {
    view[0] -= dx;
    view[1] -= dy;
    show();
  };

  const scroll = (event) => {
    const before = view[1];
    const lines = event.deltaMode === 1 ? 20 : 1;
    const last = home[1] + home[3] - view[3];
    const next = Math.min(Math.max(before + event.deltaY * lines * perPixel(), Math.min(home[1], before)), Math.max(last, before));
    if (next === before) return;
    event.preventDefault();
    pan(0, before - next);
  };
  const onWheel = (event) => {
    if (!zooms(event)) {
      scroll(event);
      return;
    }
    event.preventDefault();
    const point = at(event);
    zoom(Math.exp(event.deltaY * (event.ctrlKey ? 0.006 : 0.0015)), point.x, point.y);
  };
  const onDown = (event) => {
    if (pointers.size === 0) moved = false;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const pinch = (before, now) => {
    const gap = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
    const middle = at({ clientX: (now[0].x + now[1].x) / 2, clientY: (now[0].y + now[1].y) / 2 });
    zoom(gap(before) / gap(now), middle.x, middle.y);
  };
  const onMove = (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    if (!moved && Math.hypot(now.x - last.x, now.y - last.y) < 4) return;
    if (!moved) svg.setPointerCapture(event.pointerId);
    moved = true;
    svg.classList.add("moving");
    const before = [...pointers.values()];
    pointers.set(event.pointerId, now);
    if (pointers.size === 2) pinch(before, [...pointers.values()]);
    else {
      const scale = perPixel();
      pan((now.x - last.x) * scale, (now.y - last.y) * scale);
    }
  };
  const onUp = (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size) return;
    svg.classList.remove("moving");
    setTimeout(() => { moved = false; });
  };
  const perPixel = () => 1 / (svg.getScreenCTM()?.a || 1);

  svg.addEventListener("wheel", onWheel, { passive: false });
  svg.addEventListener("pointerdown", onDown);
  svg.addEventListener("pointermove", onMove);
  svg.addEventListener("pointerup", onUp);
  svg.addEventListener("pointercancel", onUp);
  return {
    home,
    perPixel,
    dragged: () => moved,
    zoomIn: () => zoomMiddle(STEP),
    zoomOut: () => zoomMiddle(1 / STEP),
    /** The whole picture; at once after a tall one was at its start. */
    fit() {
      const first = start();
      const there = first.every((v, n) => Math.abs(v - view[n]) < 0.5);
      view = there ? [...home] : first;
      show(there);
    },
    /** The start, unless somebody has looked elsewhere. */
    resized() {
      if (untouched) view = start();
      show(!untouched);
    },
    get: () => [...view],
    set: (next) => { view = [...next]; show(); },
    untouched: () => untouched,
    /** Pan as little as brings the box {x, y, width, height} into sight. */
    reveal(box) {
      const margin = view[2] * 0.04;
      const shift = (low, size, start, room) => {
        if (size + 2 * margin > room) return low + size / 2 - start - room / 2;
        return Math.min(low - margin - start, 0) || Math.max(low + size + margin - start - room, 0);
      };
      const dx = shift(box.x, box.width, view[0], view[2]);
      const dy = shift(box.y, box.height, view[1], view[3]);
      if (dx || dy) pan(-dx, -dy);
    },
  };
}
