// Cases as dots that travel along the edges: one canvas over the picture, one loop.

const SAMPLES = 48;
const WHOLE = 60000;
const RADIUS = 3.6;

function sample(line) {
  const length = line.getTotalLength();
  const n = Math.max(2, Math.min(SAMPLES, Math.ceil(length / 6)));
  const points = new Float32Array(2 * (n + 1));
  for (let i = 0; i <= n; i += 1) {
    const point = line.getPointAtLength((length * i) / n);
    points[2 * i] = point.x;
    points[2 * i + 1] = point.y;
  }
  return points;
}

/** The steps of all cases one after another in flat arrays: quick to walk, nothing to collect. */
function flat(cases, lineAt) {
  return cases.map((steps) => ({
    from: Float64Array.from(steps, (step) => step[1]),
    to: Float64Array.from(steps, (step) => step[2]),
    lines: steps.map((step) => lineAt(step[0])),
    at: 0,
  }));
}

/** Place on a sampled line at `share` of its length. */
function along(points, share, out) {
  const n = points.length / 2 - 1;
  const place = Math.min(Math.max(share, 0), 1) * n;
  const i = Math.min(Math.floor(place), n - 1);
  const rest = place - i;
  out[0] = points[2 * i] + (points[2 * i + 2] - points[2 * i]) * rest;
  out[1] = points[2 * i + 1] + (points[2 * i + 3] - points[2 * i + 1]) * rest;
}

/** Which step a case is in at time `t`; the walk goes on from where it was last. */
function stepAt(one, t) {
  const { from, to } = one;
  let i = one.at;
  if (i >= from.length || from[i] > t) i = 0;
  while (i < from.length && to[i] < t) i += 1;
  one.at = i;
  return i < from.length && from[i] <= t ? i : -1;
}

/**
 * Dots of `tracks` on `canvas` over the picture. `told({t, playing, shown, hidden})` is called when
 * something worth telling changed.
 */
export function tokens(canvas, told) {
  const pen = canvas.getContext("2d");
  const spot = new Float64Array(2);
  const state = { cases: [], lines: new Map(), t: 0, speed: 1, playing: false, shown: 0, hidden: 0, frames: 0 };
  let colours = { dot: "#1f4fa3", halo: "#ffffff" };
  let place = null;
  let last = 0;
  let handle = 0;

  const lineAt = (parts) => (pin) => {
    if (!state.lines.has(pin)) {
      const line = parts.byPin.get(pin)?.find((node) => node.dataset.source)?.querySelector("path[data-line]");
      state.lines.set(pin, line ? sample(line) : null);
    }
    return state.lines.get(pin);
  };
  const draw = () => {
    if (!place) return;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    state.shown = 0;
    state.hidden = 0;
    const { scale, dx, dy, ratio } = place;
    const r = RADIUS * ratio * Math.min(Math.max(scale / ratio, 0.8), 1.8);
    pen.beginPath();
    for (const one of state.cases) {
      const i = stepAt(one, state.t);
      if (i < 0) continue;
      if (!one.lines[i]) {
        state.hidden += 1;
        continue;
      }
      const span = one.to[i] - one.from[i];
      along(one.lines[i], span > 0 ? (state.t - one.from[i]) / span : 1, spot);
      const x = spot[0] * scale + dx;
      const y = spot[1] * scale + dy;
      state.shown += 1;
      if (x < -r || y < -r || x > canvas.width + r || y > canvas.height + r) continue;
      pen.moveTo(x + r, y);
      pen.arc(x, y, r, 0, 2 * Math.PI);
    }
    pen.fillStyle = colours.dot;
    pen.strokeStyle = colours.halo;
    pen.lineWidth = 1.4 * ratio;
    pen.stroke();
    pen.fill();
    state.frames += 1;
  };
  const frame = (now) => {
    handle = 0;
    if (!state.playing) return;
    const passed = last ? Math.min(now - last, 250) : 0;
    last = now;
    state.t = Math.min(state.t + (passed * state.speed) / WHOLE, 1);
    if (state.t >= 1) state.playing = false;
    draw();
    told(state);
    if (state.playing) handle = requestAnimationFrame(frame);
  };
  return {
    state,
    draw,
    load(cases, parts) {
      state.lines = new Map();
      state.cases = flat(cases, lineAt(parts));
      draw();
      told(state);
    },
    /** Where the picture's units lie on the canvas: pixels = units × scale + (dx, dy). */
    fit(next, painted) {
      place = next;
      colours = painted;
      draw();
    },
    play(on) {
      if (on && state.t >= 1) state.t = 0;
      state.playing = on;
      last = 0;
      if (on && !handle) handle = requestAnimationFrame(frame);
      told(state);
    },
    seek(t) {
      state.t = Math.min(Math.max(t, 0), 1);
      draw();
      told(state);
    },
    stop() {
      state.playing = false;
      cancelAnimationFrame(handle);
      handle = 0;
      pen.clearRect(0, 0, canvas.width, canvas.height);
    },
  };
}
