// The travelling cases: loads them, shows the time, and keeps the canvas over the picture.

import { button, choice } from "./controls.js";
import { h } from "./dom.js";
import { tokens } from "./tokens.js";

const SPEEDS = ["0.5", "1", "2", "4"];
const DAY = 86400000;
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The day at share `t` of the span of `tracks`. */
export function dayAt({ first, last }, t) {
  const [from, to] = [Date.parse(first), Date.parse(last)];
  if (Number.isNaN(from) || Number.isNaN(to)) return "";
  return new Date(from + Math.floor((t * (to - from)) / DAY) * DAY).toISOString().slice(0, 10);
}

/** The player of the board `b`. */
export function player(b) {
  const canvas = h("canvas", { class: "jb-canvas", "aria-hidden": "true" });
  let told = "";
  const dots = tokens(canvas, (state) => {
    const now = [dayAt(b.host.get("tracks") ?? {}, state.t), state.shown, state.hidden, state.playing, Math.round(state.t * 200)].join();
    if (now !== told) b.refresh("player");
    told = now;
  });
  const state = { on: false, loaded: null };

  const place = () => {
    const svg = b.area.state.svg;
    if (!state.on || !svg) return;
    const box = canvas.getBoundingClientRect();
    const matrix = svg.getScreenCTM();
    if (!matrix || !box.width) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const style = getComputedStyle(b.root);
    const paint = { dot: style.getPropertyValue("--jb-token").trim(), halo: style.getPropertyValue("--jb-page").trim() };
    dots.fit({ scale: matrix.a * ratio, dx: (matrix.e - box.left) * ratio, dy: (matrix.f - box.top) * ratio, ratio }, paint);
  };
  const load = () => {
    const tracks = b.host.get("tracks");
    if (!state.on || !tracks || !b.area.state.parts) return false;
    if (state.loaded?.tracks === tracks && state.loaded.svg === b.area.state.svg) return true;
    state.loaded = { tracks, svg: b.area.state.svg };
    dots.load(tracks.cases, b.area.state.parts);
    place();
    return true;
  };
  const begin = async () => {
    state.on = true;
    b.refresh("player");
    if (!b.host.get("tracks")) await b.ask("play");
    if (!load()) {
      state.on = false;
      b.refresh("player");
      return;
    }
    dots.play(!still());
  };
  const end = () => {
    state.on = false;
    state.loaded = null;
    dots.stop();
    b.refresh("player");
  };
  const toggle = () => (state.on ? dots.play(!dots.state.playing) : begin());
  const observer = new ResizeObserver(place);
  observer.observe(canvas);

  return {
    canvas,
    dots,
    place,
    toggle,
    /** After the picture or the tracks changed. */
    renew() {
      if (!state.on) return;
      if (b.host.get("view").kind !== "flow") end();
      else load();
    },
    close() {
      dots.stop();
      observer.disconnect();
    },
    view() {
      const tracks = b.host.get("tracks");
      if (b.host.get("view").kind !== "flow" || b.ui.main !== "picture" || (!b.host.live && !tracks)) return [];
      const { playing, t, shown, hidden, speed } = dots.state;
      const play = button(b, "play", playing ? b.t("pause") : b.t("play"), toggle, { sign: playing ? "pause" : "play", plain: state.on, pressed: state.on ? playing : undefined });
      if (!state.on || !tracks) return [play];
      const day = dayAt(tracks, t);
      const seek = (event) => {
        dots.play(false);
        dots.seek(Number(event.target.value));
      };
      return [
        play,
        h("input", { type: "range", class: "jb-when", name: "when", "data-key": "when", min: 0, max: 1, step: 0.002, value: String(Math.round(t * 500) / 500), "aria-label": b.t("when"), "aria-valuetext": day, oninput: seek }),
        h("span", { class: "jb-day", "data-key": "day" }, day),
        choice("speed", b.t("speed"), SPEEDS.map((id) => [id, `${id}×`]), String(speed), (id) => { dots.state.speed = Number(id); b.refresh("player"); }),
        h("span", { class: "jb-fine", "data-key": "counts" }, hidden ? b.t("tokens_hidden", { n: shown, hidden }) : b.t("tokens_n", { n: shown })),
        button(b, "stop", b.t("stop"), end, { plain: true, sign: "close" }),
      ];
    },
  };
}
