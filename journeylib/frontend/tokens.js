// Cases as dots that travel along the edges: one canvas over the picture, one loop.

import { lineOf } from "./parts.js";

const SAMPLES = 48;
const WHOLE = 60000;
const LONGEST = 250;
const RADIUS = 3.6;

/** Points along a line, asked of the browser once. */
function sample(line) {
  const length = line.getTotalLength();
  const n = Math.max(2, Math.min(SAMPLES, Math.ceil(length / 6)));
  const points = new Float32Array(2 * (n + 1));
  for (let i = 0; i <= n; i += 1) {
    const { x, y } = line.getPointAtLength((length * i) / n);
    points.set([x, y], 2 * i);
  }
  return points;
}

/** Put the place on a sampled line at `share` of its length into `out`. */
function along(points, share, out) {
  const n = points.length / 2 - 1;
  const place = Math.min(Math.max(share, 0), 1) * n;
  const i = Math.min(Math.floor(place), n - 1);
  const rest = place - i;
  out[0] = points[2 * i] + (points[2 * i + 2] - points[2 * i]) * rest;
  out[1] = points[2 * i + 1] + (points[2 * i + 3] - points[2 * i + 1]) * rest;
}

/** Which step a case is in at time `t`, −1 for none; the walk goes on from where it was last. */
function stepAt(one, t) {
  const { from, to } = one;
  let i = one.at;
  if (i >= from.length || from[i] > t) i = 0;
  while (i < from.length && to[i] < t) i += 1;
  one.at = i;
  return i < from.length && from[i] <= t ? i : -1;
}

/** Dots on `canvas`; `told(this)` is called whenever the time or what moves has changed. */
export class Tokens {
  constructor(canvas, told) {
    Object.assign(this, { canvas, told, pen: canvas.getContext("2d"), cases: [], where: null, colours: {} });
    Object.assign(this, { t: 0, speed: 1, playing: false, shown: 0, hidden: 0, last: 0, handle: 0 });
    this.spot = new Float64Array(2);
  }

  /** Steps of cases as the trait `tracks` has them, on the lines of a picture. */
  load(cases, parts) {
    const lines = new Map();
    const lineAt = (pin) => {
      if (!lines.has(pin)) {
        const edge = parts.byPin.get(pin)?.find(lineOf);
        lines.set(pin, edge ? sample(lineOf(edge)) : null);
      }
      return lines.get(pin);
    };
    this.cases = cases.map((steps) => ({
      from: Float64Array.from(steps, (step) => step[1]),
      to: Float64Array.from(steps, (step) => step[2]),
      lines: steps.map((step) => lineAt(step[0])),
      at: 0,
    }));
    this.draw();
    this.told(this);
  }

  /** Where the picture's units lie on the canvas: pixels = units × scale + (dx, dy). */
  fit(where, colours) {
    Object.assign(this, { where, colours });
    this.draw();
  }

  play(on) {
    if (on && this.t >= 1) this.t = 0;
    this.playing = on;
    this.last = 0;
    if (on && !this.handle) this.next();
    this.told(this);
  }

  seek(t) {
    this.t = Math.min(Math.max(t, 0), 1);
    this.draw();
    this.told(this);
  }

  stop() {
    this.playing = false;
    cancelAnimationFrame(this.handle);
    this.handle = 0;
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  next() {
    this.handle = requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.handle = 0;
    if (!this.playing) return;
    const passed = this.last ? Math.min(now - this.last, LONGEST) : 0;
    this.last = now;
    this.t = Math.min(this.t + (passed * this.speed) / WHOLE, 1);
    this.playing = this.t < 1;
    this.draw();
    this.told(this);
    if (this.playing) this.next();
  }

  draw() {
    if (!this.where) return;
    const { pen, canvas } = this;
    const { scale, ratio } = this.where;
    const r = RADIUS * ratio * Math.min(Math.max(scale / ratio, 0.8), 1.8);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.beginPath();
    Object.assign(this, { shown: 0, hidden: 0 });
    for (const one of this.cases) this.dot(one, r);
    pen.fillStyle = this.colours.dot;
    pen.strokeStyle = this.colours.halo;
    pen.lineWidth = 1.4 * ratio;
    pen.stroke();
    pen.fill();
  }

  dot(one, r) {
    const i = stepAt(one, this.t);
    if (i < 0) return;
    if (!one.lines[i]) {
      this.hidden += 1;
      return;
    }
    this.shown += 1;
    const span = one.to[i] - one.from[i];
    along(one.lines[i], span > 0 ? (this.t - one.from[i]) / span : 1, this.spot);
    const { scale, dx, dy } = this.where;
    const x = this.spot[0] * scale + dx;
    const y = this.spot[1] * scale + dy;
    if (x < -r || y < -r || x > this.canvas.width + r || y > this.canvas.height + r) return;
    this.pen.moveTo(x + r, y);
    this.pen.arc(x, y, r, 0, 2 * Math.PI);
  }
}
