// Importance × urgency: cards lie where the room puts them, by pointer or by arrow keys.

import { labelOf } from "./cards.js";
import { button } from "./controls.js";
import { h } from "./dom.js";
import { markIcon } from "./pins.js";
import { votesText } from "./words.js";

const STEP = 5;
const SETTLE = 400;
const ARROWS = { ArrowUp: [STEP, 0], ArrowDown: [-STEP, 0], ArrowRight: [0, STEP], ArrowLeft: [0, -STEP] };
const QUADRANTS = ["plan", "now", "later", "quick"];
const within = (value) => Math.min(Math.max(Math.round(value), 0), 100);
const rated = (card) => typeof card.importance === "number" && typeof card.urgency === "number";

/** Where a card lies now: under the finger, as last moved, or as Python has it. */
function placeOf(b, card) {
  return (
    b.ui.moving.get(card.id) ?? (rated(card) ? { importance: card.importance, urgency: card.urgency } : null)
  );
}

const words = (b, card, place) =>
  b.t("matrix_place", {
    text: card.text,
    ...(place ?? { importance: b.t("unrated"), urgency: b.t("unrated") }),
  });

function send(b, id) {
  const place = b.ui.moving.get(id);
  if (!place) return;
  b.change("rate", { card: id, ...place }).then(() => {
    if (b.ui.moving.get(id) === place) b.ui.moving.delete(id);
    b.refresh();
  });
}

function move(b, card, place) {
  b.ui.moving.set(card.id, { importance: within(place.importance), urgency: within(place.urgency) });
  b.refresh();
}

function dragging(b, card) {
  return (event) => {
    if (event.button !== 0 || !b.may().judge) return;
    const chip = event.currentTarget;
    const plane = b.root.querySelector(".jb-plane").getBoundingClientRect();
    const start = { x: event.clientX, y: event.clientY };
    let far = false;
    chip.setPointerCapture(event.pointerId);
    const at = (e) => ({
      urgency: ((e.clientX - plane.left) / plane.width) * 100,
      importance: ((plane.bottom - e.clientY) / plane.height) * 100,
    });
    const onMove = (e) => {
      far ||= Math.hypot(e.clientX - start.x, e.clientY - start.y) > 4;
      if (far) move(b, card, at(e));
    };
    const done = (e) => {
      for (const [name, run] of [
        ["pointermove", onMove],
        ["pointerup", done],
        ["pointercancel", done],
      ])
        chip.removeEventListener(name, run);
      if (e.type === "pointercancel") b.ui.moving.delete(card.id);
      else if (far) send(b, card.id);
      b.refresh();
    };
    for (const [name, run] of [
      ["pointermove", onMove],
      ["pointerup", done],
      ["pointercancel", done],
    ])
      chip.addEventListener(name, run);
  };
}

function keyed(b, card) {
  return (event) => {
    const way = ARROWS[event.key];
    const place = placeOf(b, card);
    if (!b.may().judge || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!way && !(event.key === "Enter" && !place)) return;
    event.preventDefault();
    const from = place ?? { importance: 50, urgency: 50 };
    move(
      b,
      card,
      way && place ? { importance: from.importance + way[0], urgency: from.urgency + way[1] } : from,
    );
    b.say(words(b, card, b.ui.moving.get(card.id)));
    b.after(() => b.root.querySelector(`.jb-plane [data-chip="${CSS.escape(card.id)}"]`)?.focus());
    clearTimeout(b.ui.settling.get(card.id));
    b.ui.settling.set(
      card.id,
      setTimeout(() => send(b, card.id), SETTLE),
    );
  };
}

function chip(b, card, place, nth = 0) {
  const look = place
    ? { left: `${place.urgency}%`, bottom: `${place.importance}%`, "--nth": String(nth) }
    : {};
  return h(
    "button",
    {
      type: "button",
      class: `jb-chip jb-edge-${card.kind} ${b.ui.rating === card.id ? "jb-here" : ""}`.trim(),
      "data-chip": card.id,
      "data-key": `chip-${card.id}`,
      "aria-label": `${labelOf(b.host.get("choices")?.kinds, card.kind)}: ${words(b, card, place)}`,
      title: card.text,
      style: look,
      onpointerdown: dragging(b, card),
      onkeydown: keyed(b, card),
    },
    markIcon(b.t, card.kind),
    h("span", { class: "jb-chip-text", dir: "auto" }, card.text),
    card.votes ? h("span", { class: "jb-chip-votes" }, votesText(b.t, card.votes)) : null,
  );
}

/** The plane with its four named quarters, and the tray of what nobody rated. */
export function matrix(b) {
  const cards = (b.host.get("cards") ?? []).filter(({ status }) => status !== "withdrawn");
  const placed = cards.map((card) => [card, placeOf(b, card)]);
  const seen = new Map();
  const nth = ({ importance, urgency }) => {
    const key = `${importance}/${urgency}`;
    seen.set(key, (seen.get(key) ?? -1) + 1);
    return seen.get(key);
  };
  const tray = placed.filter(([card, place]) => !place || (b.ui.moving.has(card.id) && !rated(card)));
  return [
    h(
      "header",
      { class: "jb-matrix-head", "data-key": "head" },
      h("h2", {}, b.t("matrix_title")),
      h("p", { class: "jb-hint" }, b.may().judge ? b.t("matrix_hint") : b.t("matrix_read")),
      button(b, "close-matrix", b.t("back_to_picture"), () => b.show(b.host.get("view").kind), {
        plain: true,
        sign: "close",
      }),
    ),
    h(
      "div",
      { class: "jb-matrix-body", "data-key": "body" },
      h("span", { class: "jb-axis jb-axis-y" }, b.t("importance_axis")),
      h(
        "div",
        { class: "jb-plane-frame" },
        QUADRANTS.map((id) =>
          h(
            "div",
            { class: `jb-quadrant jb-quadrant-${id}` },
            h("b", {}, b.t(`quadrant_${id}`)),
            h("span", {}, b.t(`quadrant_${id}_is`)),
          ),
        ),
        h(
          "div",
          { class: "jb-plane", role: "group", "aria-label": b.t("matrix_title") },
          placed.filter(([, place]) => place).map(([card, place]) => chip(b, card, place, nth(place))),
        ),
      ),
      h("span", { class: "jb-axis jb-axis-x" }, b.t("urgency_axis")),
      h(
        "div",
        { class: "jb-tray", role: "group", "aria-label": b.t("tray") },
        h("h3", {}, b.t("tray_n", { n: tray.length })),
        tray.length
          ? tray.map(([card]) => chip(b, card, null))
          : h("p", { class: "jb-hint" }, b.t("tray_empty")),
      ),
    ),
  ];
}
