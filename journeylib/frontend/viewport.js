// Zoom and pan: the picture's viewBox is what is seen.

const CLOSEST = 12;
const FARTHEST = 1.5;
const STEP = 0.75;

/** Zoom and pan for `svg`; `wheel(event)` says whether a turn of the wheel is meant for it. */
export function viewport(svg, { wheel = () => true, changed = () => {} } = {}) {
  const base = svg.viewBox.baseVal;
  const home = [base.x, base.y, base.width, base.height];
  const pointers = new Map();
  let view = [...home];
  let moved = false;

  const show = () => {
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

  const onWheel = (event) => {
    if (!wheel(event)) return;
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
    fit: () => { view = [...home]; show(); },
    get: () => [...view],
    set: (next) => { view = [...next]; show(); },
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
