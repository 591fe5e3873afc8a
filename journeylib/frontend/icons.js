// Icons as strokes in a square of 16 units.

import { s } from "./dom.js";

const PATHS = {
  map: "M2 3.5h12M2 8h12M2 12.5h12M5.5 2v12",
  flow: "M1.5 6h4v4h-4zM10.5 2h4v4h-4zM10.5 10h4v4h-4zM5.5 7.5 10.5 4.5M5.5 8.5l5 3",
  undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M6 3 2.5 6.5 6 10",
  redo: "M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10 3l3.5 3.5L10 10",
  add: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  cards: "M2.5 3h11v4h-11zM2.5 9.5h11v4h-11z",
  matrix: "M2.5 2.5h11v11h-11zM8 2.5v11M2.5 8h11",
  agenda: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2M8 5v3.3l2.2 1.5",
  minutes: "M4 2h6l3 3v9H4zM6.5 7.5h4M6.5 10.5h4",
  present: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  leave: "M6 2.5V6H2.5M10 2.5V6h3.5M10 13.5V10h3.5M6 13.5V10H2.5",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3M6 8h4",
  play: "M5 3l8 5-8 5z",
  pause: "M5.5 3v10M10.5 3v10",
  next: "M4 3l6 5-6 5zM12 3v10",
  back: "M12 3 6 8l6 5zM4 3v10",
  close: "M4 4l8 8M12 4l-8 8",
  target: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  panel: "M2.5 3h11v10h-11zM9.5 3v10",
  keys: "M1.5 4.5h13v7h-13zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.3h6",
  proven: "M3 8.5 6.5 12 13 4.5",
  contradicted: "M4 4l8 8M12 4l-8 8",
  open: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9 8 10M8 12.6v.1",
  too_few: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  not_measurable: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2M4 12 12 4",
  pin: "M8 14V9.5M5 2.5h6l-1 4 2 3H4l2-3z",
  warn: "M8 2.5 14 13.5H2zM8 6.5v3.2M8 11.6v.1",
};

/** The icon of that name; hidden from screen readers, which read the button's words. */
export const icon = (name) =>
  s(
    "svg",
    { class: "jb-icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: PATHS[name] ?? PATHS.open }),
  );
