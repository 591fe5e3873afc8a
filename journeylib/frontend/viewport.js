// Zoom and pan: the picture's viewBox is what is seen.

const CLOSEST = 12;
const FARTHEST = 1.5;
const STEP = 0.75;
const TALL = 1.2;
const CLICK = 4;

/**
 * Zoom and pan for `svg`. `zooms(event)` says whether a turn of the wheel zooms; else it scrolls as far
 * as there is picture, and then the page. A picture much taller than its frame starts at full width.
 */
export class Viewport {
  constructor(svg, { zooms = () => true, changed = () => {} } = {}) {
    const { x, y, width, height } = svg.viewBox.baseVal;
    Object.assign(this, { svg, zooms, changed, home: [x, y, width, height], view: [x, y, width, height] });
    this.pointers = new Map();
    this.dragged = false;
    this.untouched = true;
    svg.addEventListener("wheel", (event) => this.turned(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.pressed(event));
    svg.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"])
      svg.addEventListener(name, (event) => this.released(event));
  }

  /** Units of the picture in a pixel of the screen. */
  get perPixel() {
    return 1 / (this.svg.getScreenCTM()?.a || 1);
  }

  set(view, touched = true) {
    this.view = [...view];
    this.untouched = !touched;
    this.svg.setAttribute("viewBox", view.map((v) => v.toFixed(2)).join(" "));
    this.changed();
  }

  zoom(factor, x, y) {
    const [left, top, width, height] = this.view;
    const wide = Math.min(Math.max(width * factor, this.home[2] / CLOSEST), this.home[2] * FARTHEST);
    const ratio = wide / width;
    this.set([x - (x - left) * ratio, y - (y - top) * ratio, wide, height * ratio]);
  }

  zoomMiddle(factor) {
    const [left, top, width, height] = this.view;
    this.zoom(factor, left + width / 2, top + height / 2);
  }

  zoomIn() {
    this.zoomMiddle(STEP);
  }

  zoomOut() {
    this.zoomMiddle(1 / STEP);
  }

  pan(dx, dy) {
    const [left, top, width, height] = this.view;
    this.set([left - dx, top - dy, width, height]);
  }

  start() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    const [left, top, wide, high] = this.home;
    const seen = wide * (height / width);
    return width && height && high > TALL * seen ? [left, top, wide, seen] : [...this.home];
  }

  /** The whole picture; of a tall one the start first. */
  fit() {
    const first = this.start();
    const there = first.every((v, n) => Math.abs(v - this.view[n]) < 0.5);
    this.set(there ? this.home : first, there);
  }

  /** The frame has another size: the start again, unless somebody has looked elsewhere. */
  resized() {
    this.set(this.untouched ? this.start() : this.view, !this.untouched);
  }

  /** Pan as little as brings the box {x, y, width, height} into sight. */
  reveal(box) {
    const [left, top, wide, high] = this.view;
    const margin = wide * 0.04;
    const shift = (low, size, start, room) => {
      if (size + 2 * margin > room) return low + size / 2 - start - room / 2;
      return Math.min(low - margin - start, 0) || Math.max(low + size + margin - start - room, 0);
    };
    const dx = shift(box.x, box.width, left, wide);
    const dy = shift(box.y, box.height, top, high);
    if (dx || dy) this.pan(-dx, -dy);
  }

  at({ clientX, clientY }) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  turned(event) {
    if (!this.zooms(event)) {
      this.scroll(event);
      return;
    }
    event.preventDefault();
    const { x, y } = this.at(event);
    this.zoom(Math.exp(event.deltaY * (event.ctrlKey ? 0.006 : 0.0015)), x, y);
  }

  scroll(event) {
    const before = this.view[1];
    const [, top, , high] = this.home;
    const wanted = before + event.deltaY * (event.deltaMode === 1 ? 20 : 1) * this.perPixel;
    const next = Math.min(
      Math.max(wanted, Math.min(top, before)),
      Math.max(top + high - this.view[3], before),
    );
    if (next === before) return;
    event.preventDefault();
    this.pan(0, before - next);
  }

  pressed({ pointerId, clientX: x, clientY: y }) {
    if (this.pointers.size === 0) this.dragged = false;
    this.pointers.set(pointerId, { x, y });
  }

  moved({ pointerId, clientX: x, clientY: y }) {
    const last = this.pointers.get(pointerId);
    if (!last || (!this.dragged && Math.hypot(x - last.x, y - last.y) < CLICK)) return;
    if (!this.dragged) this.svg.setPointerCapture(pointerId);
    this.dragged = true;
    this.svg.classList.add("moving");
    const before = [...this.pointers.values()];
    this.pointers.set(pointerId, { x, y });
    if (before.length === 2) this.pinch(before, [...this.pointers.values()]);
    else this.pan((x - last.x) * this.perPixel, (y - last.y) * this.perPixel);
  }

  pinch(before, now) {
    const gap = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
    const { x, y } = this.at({ clientX: (now[0].x + now[1].x) / 2, clientY: (now[0].y + now[1].y) / 2 });
    this.zoom(gap(before) / gap(now), x, y);
  }

  released({ pointerId }) {
    this.pointers.delete(pointerId);
    if (this.pointers.size) return;
    this.svg.classList.remove("moving");
    setTimeout(() => {
      this.dragged = false;
    });
  }
}
