// A claim: proposals for the words of a card, or measure → place → comparison → threshold by hand.

import { button, choice, composing, line } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const SIGNS = [
  [">", ">"],
  [">=", "≥"],
  ["<", "<"],
  ["<=", "≤"],
];
const UNITS = ["min", "h", "d"];
const LISTS = { activity: "activities", stage: "stages", attribute: "attributes" };

const measureOf = (b, id) => (b.host.get("choices")?.measures ?? []).find((one) => one.id === id);
const placesOf = (measure) => measure?.places ?? [[]];
const keysOf = (keys) => [...keys].sort().join();

/** Which list a field of a place is chosen from: `from` and `to` of a loss are departments. */
function listFor(b, measure, key) {
  const name = LISTS[key] ?? (measure === "loss" ? "departments" : "activities");
  return (b.host.get("choices")?.[name] ?? []).map(({ id, label }) => [id, label]);
}

/** What a card's pin says of the place: an activity, a step between two, a stage. */
export function placeHere(b, pin) {
  const { kind, label = "" } = b.host.get("parts")?.[pin] ?? {};
  const known = (name) => (b.host.get("choices")?.activities ?? []).some(({ id }) => id === name);
  if (kind === "stage") return { stage: pin };
  if (kind === "activity" && known(label)) return { activity: label, to: label };
  const [from, to] = label.split(" → ");
  return kind === "move" && known(from) && known(to) ? { from, to, activity: to } : {};
}

/** The fields of the form for a claim, or for none yet; `here` fills what the claim does not say. */
export function draftOf(b, claim, here = {}) {
  const measures = b.host.get("choices")?.measures ?? [];
  const measure = claim?.measure ?? measures[0]?.id ?? "";
  const place = claim?.place ?? {};
  const said = keysOf(Object.keys(place));
  const fits = (keys) => (claim ? keysOf(keys) === said : keys.length > 0 && keys.every((key) => here[key]));
  const found = placesOf(measureOf(b, measure)).findIndex(fits);
  const [, amount = "", unit = "d", clock = ""] =
    /^\s*([\d.]+)\s*(min|h|d|s|%)?\s*(working)?/.exec(claim?.threshold ?? "") ?? [];
  return {
    measure,
    where: Math.max(found, 0),
    place: { ...here, ...place },
    comparison: claim?.comparison ?? ">",
    amount,
    unit: unit === "%" ? "d" : unit,
    clock,
    segment: claim?.segment ?? {},
  };
}

/** The claim that the form says, or null where something is missing. */
export function claimOf(b, draft) {
  const measure = measureOf(b, draft.measure);
  const keys = placesOf(measure)[draft.where] ?? [];
  const amount = draft.amount.normalize("NFKC").trim();
  if (!measure || !/^\d+(\.\d+)?$/.test(amount) || !keys.every((key) => draft.place[key])) return null;
  const threshold =
    measure.unit === "share" ? `${amount}%` : `${amount}${draft.unit}${draft.clock ? ` ${draft.clock}` : ""}`;
  const place = Object.fromEntries(keys.map((key) => [key, draft.place[key]]));
  return { measure: draft.measure, place, comparison: draft.comparison, threshold, segment: draft.segment };
}

function proposals(b, form) {
  if (!form.suggestions) return h("p", { class: "jb-hint", "data-key": "proposals" }, b.t("suggesting"));
  if (!form.suggestions.length)
    return h("p", { class: "jb-hint", "data-key": "proposals" }, b.t("no_suggestions"));
  const one = ({ claim, label, why, needs_threshold: open }, n) =>
    h(
      "li",
      { "data-key": `s-${n}` },
      h(
        "button",
        {
          type: "button",
          class: "jb-proposal",
          "data-suggestion": n,
          "aria-pressed": String(form.picked === n),
          onclick: () => b.pickClaim(n),
        },
        h("b", {}, label),
        h("span", { class: "jb-fine" }, why),
        open && h("span", { class: "jb-tag" }, b.t("needs_threshold")),
      ),
    );
  return h(
    "div",
    { "data-key": "proposals" },
    h("p", { class: "jb-label" }, b.t("suggestions")),
    h("ul", { class: "jb-proposals" }, form.suggestions.map(one)),
  );
}

function place(b, form, measure) {
  const all = placesOf(measure);
  const keys = all[form.where] ?? [];
  const told = (names) =>
    names.length ? names.map((key) => b.t(`place_${key}`)).join(" · ") : b.t("place_whole");
  const set = (key) => (value) => b.draft({ place: { ...form.place, [key]: value } });
  return [
    all.length > 1 &&
      choice(
        "where",
        b.t("where"),
        all.map((names, n) => [String(n), told(names)]),
        String(form.where),
        (n) => b.draft({ where: Number(n) }),
      ),
    ...keys.map((key) =>
      choice(
        `place-${key}`,
        b.t(`place_${key}`),
        [["", b.t("choose")], ...listFor(b, form.measure, key)],
        form.place[key] ?? "",
        set(key),
      ),
    ),
  ];
}

function limit(b, form, measure) {
  const share = measure?.unit === "share";
  return h(
    "div",
    { class: "jb-pair", "data-key": "limit" },
    choice("comparison", b.t("comparison"), SIGNS, form.comparison, (comparison) => b.draft({ comparison })),
    line(
      "threshold",
      share ? b.t("threshold_share") : b.t("threshold"),
      form.amount,
      (amount) => b.keep({ amount }),
      { inputmode: "decimal", placeholder: share ? "10" : "5" },
    ),
    !share &&
      choice(
        "unit",
        b.t("unit"),
        UNITS.map((id) => [id, b.t(`unit_${id}`)]),
        form.unit,
        (unit) => b.draft({ unit }),
      ),
    !share &&
      form.measure !== "dwell" &&
      choice(
        "clock",
        b.t("clock"),
        [
          ["", b.t("clock_calendar")],
          ["working", b.t("clock_working")],
        ],
        form.clock,
        (clock) => b.draft({ clock }),
      ),
  );
}

/** For whom the claim holds: for all cases, or for those of one segment. */
function whom(b, form) {
  const segments = (b.host.get("choices")?.segments ?? []).map(({ id, label }) => [id, label]);
  const { segment = "", ...others } = form.segment;
  return (
    segments.length > 0 &&
    choice("claim-segment", b.t("segment"), [["", b.t("all_cases")], ...segments], segment, (id) =>
      b.draft({ segment: id ? { ...others, segment: id } : others }),
    )
  );
}

/** The form of the claim of one card. */
export function claimForm(b) {
  const form = b.ui.form;
  const measures = b.host.get("choices")?.measures ?? [];
  const measure = measureOf(b, form.measure);
  const card = (b.host.get("cards") ?? []).find(({ id }) => id === form.card);
  const send = (event) => {
    event.preventDefault();
    b.sendClaim();
  };
  return h(
    "form",
    {
      class: "jb-form jb-claim-form",
      "data-key": `form-claim-${form.card}`,
      "aria-label": b.t("claim"),
      onsubmit: send,
      onkeydown: (event) => composing(event) && event.stopPropagation(),
      novalidate: true,
    },
    h("h3", {}, b.t("claim_of")),
    h("blockquote", { dir: "auto" }, card?.text ?? form.text),
    proposals(b, form),
    h(
      "fieldset",
      {},
      h("legend", {}, b.t("by_hand")),
      choice(
        "measure",
        b.t("measure"),
        measures.map(({ id, label }) => [id, label]),
        form.measure,
        (id) => b.draft({ measure: id, where: 0 }),
      ),
      place(b, form, measure),
      limit(b, form, measure),
      whom(b, form),
    ),
    form.problem && h("p", { class: "jb-problem", role: "alert" }, icon("warn"), form.problem),
    h(
      "div",
      { class: "jb-form-tools" },
      h("button", { type: "submit", class: "jb-button jb-main", disabled: form.sending }, b.t("ask_the_log")),
      card?.claim && button(b, "unclaim", b.t("claim_remove"), () => b.sendClaim(null), { sign: null }),
      button(b, "cancel", b.t("cancel"), () => b.closeForm(), { sign: null }),
    ),
  );
}
