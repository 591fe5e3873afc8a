// The agenda with its clock: a line above everything, and the whole of it in the panel.

import { clockOf } from "./clock.js";
import { button } from "./controls.js";
import { h } from "./dom.js";
import { clockText } from "./words.js";

const MINUTE = 60000;

/** What the clock says now: the item, what is left of it and of all. */
export function now(b) {
  const agenda = b.host.get("agenda");
  if (!agenda?.items?.length) return null;
  const clock = clockOf(b.host.key, agenda);
  const at = Math.min(clock.at(), agenda.items.length - 1);
  const item = agenda.items[at];
  const left = item.minutes * MINUTE - clock.spentAt(at);
  return { agenda, clock, at, item, left, all: agenda.minutes * MINUTE - clock.spent() };
}

const time = (b, ms, label) =>
  h(
    "span",
    { class: `jb-time ${ms < 0 ? "jb-over" : ""}`.trim(), role: "timer", "aria-live": "off" },
    h("span", { class: "jb-label" }, ms < 0 ? b.t("over_time") : label),
    h("b", {}, clockText(ms)),
  );

function controls(b, { clock, at, agenda }, look) {
  const go = (n) => () => {
    clock.go(n);
    b.refresh();
    b.say(b.t("now_item", { name: agenda.items[n].name }));
  };
  const run = () => {
    if (clock.runs()) clock.pause();
    else clock.start();
    b.refresh();
  };
  return [
    button(b, "agenda-back", b.t("agenda_back"), go(at - 1), { ...look, sign: "back", disabled: at < 1 }),
    button(
      b,
      clock.runs() ? "agenda-pause" : "agenda-start",
      clock.runs() ? b.t("agenda_pause") : b.t("agenda_start"),
      run,
      { ...look, key: "agenda-run", sign: clock.runs() ? "pause" : "play", kind: "jb-main" },
    ),
    button(b, "agenda-next", b.t("agenda_next"), go(at + 1), {
      ...look,
      sign: "next",
      disabled: at >= agenda.items.length - 1,
    }),
  ];
}

/** The line at the top: shown while presenting, and once the clock has been started. */
export function agendaLine(b) {
  const found = now(b);
  if (!found || !b.may().lead || !(b.ui.presenting || found.clock.begun())) return [];
  const { item, at, agenda, left, all } = found;
  return [
    h(
      "div",
      { class: `jb-agenda-line ${left < 0 ? "jb-late" : ""}`.trim(), "data-key": "line" },
      h("span", { class: "jb-step" }, b.t("item_of", { n: at + 1, all: agenda.items.length })),
      h("strong", { class: "jb-item" }, item.name),
      time(b, left, b.t("left_item")),
      time(b, all, b.t("left_all")),
      h("span", { class: "jb-group" }, controls(b, found, { plain: true })),
    ),
  ];
}

/** The agenda in the panel. */
export function agendaTab(b) {
  const found = now(b);
  if (!found) return [h("p", { class: "jb-hint" }, b.t("no_agenda"))];
  const { agenda, clock, at, left, all } = found;
  const lead = b.may().lead;
  const one = (item, n) =>
    h(
      "li",
      { class: "jb-agenda-item", "data-key": `item-${n}`, "aria-current": lead && n === at ? "step" : null },
      h(
        "div",
        { class: "jb-card-head" },
        h("b", {}, item.name),
        h("span", { class: "jb-status" }, b.t("minutes_n", { n: item.minutes })),
        lead &&
          clock.spentAt(n) > 0 &&
          h(
            "span",
            { class: `jb-fine ${clock.spentAt(n) > item.minutes * MINUTE ? "jb-over" : ""}` },
            b.t("spent", { time: clockText(clock.spentAt(n)) }),
          ),
      ),
      h("p", { class: "jb-fine" }, item.purpose),
      item.materials?.length
        ? h("p", { class: "jb-fine" }, b.t("materials", { list: item.materials.join(b.t("comma")) }))
        : null,
    );
  return [
    h(
      "header",
      { class: "jb-chosen", "data-key": "head" },
      h("h2", {}, agenda.name),
      h("p", { class: "jb-hint" }, agenda.aim),
    ),
    lead &&
      h(
        "div",
        { class: "jb-clock", "data-key": "clock" },
        time(b, left, b.t("left_item")),
        time(b, all, b.t("left_all")),
        h(
          "div",
          { class: "jb-form-tools" },
          controls(b, found, {}),
          clock.begun() &&
            button(
              b,
              "agenda-reset",
              b.t("agenda_reset"),
              () => {
                clock.reset();
                b.refresh();
              },
              { sign: null },
            ),
        ),
      ),
    h("ol", { class: "jb-list jb-agenda", "data-key": "items" }, agenda.items.map(one)),
  ];
}
