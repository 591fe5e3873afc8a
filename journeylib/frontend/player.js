// The travelling cases: loads them, shows the time, and keeps the canvas over the picture.

import { button, choice } from "./controls.js";
import { h } from "./dom.js";
import { Tokens } from "./tokens.js";

const SPEEDS = ["0.5", "1", "2", "4"];
const DAY = 86400000;
const NOTCHES = 500;
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The day at share `t` of the span of `tracks`. */
function dayAt({ first, last }, t) {
  const [from, to] = [Date.parse(first), Date.parse(last)];
  if (Number.isNaN(from) || Number.isNaN(to)) return "";
  return new Date(from + Math.floor((t * (to - from)) / DAY) * DAY).toISOString().slice(0, 10);
}

/** The player of the board `b`. */
export class Player {
  constructor(b) {
    this.b = b;
    this.canvas = h("canvas", { class: "jb-canvas", "aria-hidden": "true" });
    this.dots = new Tokens(this.canvas, () => this.tell());
    Object.assign(this, { on: false, tracks: null, svg: null, told: "" });
    this.observer = new ResizeObserver(() => this.place());
    this.observer.observe(this.canvas);
  }

  close() {
    this.dots.stop();
    this.observer.disconnect();
  }

  tell() {
    const { t, shown, hidden, playing } = this.dots;
    const now = [this.day(), shown, hidden, playing, Math.round(t * NOTCHES)].join();
    if (now !== this.told) this.b.refresh("player");
    this.told = now;
  }

  day() {
    return dayAt(this.b.host.get("tracks") ?? {}, this.dots.t);
  }

  /** Lay the canvas over the picture as it is zoomed now. */
  place() {
    const box = this.canvas.getBoundingClientRect();
    const matrix = this.on ? this.b.area.svg?.getScreenCTM() : null;
    if (!matrix || !box.width) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height)
      Object.assign(this.canvas, { width, height });
    const style = getComputedStyle(this.b.root);
    const [dot, halo] = ["--jb-token", "--jb-page"].map((name) => style.getPropertyValue(name).trim());
    const where = {
      scale: matrix.a * ratio,
      dx: (matrix.e - box.left) * ratio,
      dy: (matrix.f - box.top) * ratio,
      ratio,
    };
    this.dots.fit(where, { dot, halo });
  }

  load() {
    const tracks = this.b.host.get("tracks");
    const { svg, parts } = this.b.area;
    if (!this.on || !tracks || !parts) return false;
    if (this.tracks !== tracks || this.svg !== svg) {
      Object.assign(this, { tracks, svg });
      this.dots.load(tracks.cases, parts);
      this.place();
    }
    return true;
  }

  async begin() {
    this.on = true;
    this.b.refresh("player");
    if (!this.b.host.get("tracks")) await this.b.ask("play");
    if (this.load()) this.dots.play(!still());
    else this.end();
  }

  end() {
    Object.assign(this, { on: false, tracks: null });
    this.dots.stop();
    this.b.refresh("player");
  }

  toggle() {
    return this.on ? this.dots.play(!this.dots.playing) : this.begin();
  }

  /** After the picture or the tracks changed. */
  renew() {
    if (!this.on) return;
    if (this.b.host.get("view").kind === "flow") this.load();
    else this.end();
  }

  view() {
    const { b, on, dots } = this;
    const tracks = b.host.get("tracks");
    if (b.host.get("view").kind !== "flow" || b.ui.main !== "picture" || (!b.host.live && !tracks)) return [];
    const words = dots.playing ? b.t("pause") : b.t("play");
    const pressed = on ? dots.playing : undefined;
    const play = button(b, "play", words, () => this.toggle(), {
      sign: dots.playing ? "pause" : "play",
      plain: on,
      pressed,
    });
    return on && tracks ? [play, ...this.running()] : [play];
  }

  running() {
    const { b, dots } = this;
    const day = this.day();
    const seek = (event) => {
      dots.play(false);
      dots.seek(Number(event.target.value));
    };
    const pace = (id) => {
      dots.speed = Number(id);
      b.refresh("player");
    };
    const { shown: n, hidden } = dots;
    const value = String(Math.round(dots.t * NOTCHES) / NOTCHES);
    const slider = {
      type: "range",
      class: "jb-when",
      name: "when",
      "data-key": "when",
      min: 0,
      max: 1,
      step: 1 / NOTCHES,
      value,
    };
    return [
      h("input", { ...slider, "aria-label": b.t("when"), "aria-valuetext": day, oninput: seek }),
      h("span", { class: "jb-day", "data-key": "day" }, day),
      choice(
        "speed",
        b.t("speed"),
        SPEEDS.map((id) => [id, `${id}×`]),
        String(dots.speed),
        pace,
      ),
      h(
        "span",
        {
          class: "jb-fine",
          "data-key": "counts",
          title: hidden ? b.t("tokens_hidden_hint", { hidden }) : null,
        },
        hidden ? b.t("tokens_hidden", { n, hidden }) : b.t("tokens_n", { n }),
      ),
      button(b, "stop", b.t("stop"), () => this.end(), { plain: true, sign: "close" }),
    ];
  }
}
