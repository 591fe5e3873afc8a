// What is shown, and what can be done: the line above the picture.

import { button, choice } from "./controls.js";
import { h } from "./dom.js";

const DETAILS = ["activity", "touchpoint", "stage"];

/** The values a control may offer: all of them live, the prepared ones in a saved page. */
function offered(b, key, options) {
  const prepared = b.host.offers(key);
  return prepared ? options.filter(([id]) => prepared.includes(id === "" ? null : id)) : options;
}

function select(b, key, label, options, look = {}) {
  const found = offered(b, key, options);
  if (found.length < 2) return null;
  const back = look.back ?? ((value) => value || null);
  const view = b.host.get("view");
  const pick = (picked) => {
    const asked = { [key]: back(picked) };
    // Nothing is compared with itself.
    if (key === "segment" && asked.segment === (view.against ?? "")) asked.against = null;
    b.look(asked);
  };
  return choice(key, label, found, String(view[key] ?? ""), pick, look);
}

function kinds(b) {
  const now = b.host.get("view").kind;
  const found = offered(b, "kind", [["map"], ["flow"]]);
  if (found.length < 2) return null;
  const one = ([kind]) =>
    button(b, kind, b.t(kind), () => b.show(kind), { pressed: now === kind && b.ui.main === "picture" });
  return h(
    "div",
    { class: "jb-group jb-switch", role: "group", "aria-label": b.t("what_is_shown"), "data-key": "kinds" },
    found.map(one),
  );
}

function traffic(b) {
  const view = b.host.get("view");
  const prepared = b.host.offers("traffic");
  if (view.kind !== "flow" || (prepared && prepared.length < 2)) return null;
  const value = b.ui.traffic ?? view.traffic ?? 1;
  const move = (event) => {
    b.ui.traffic = Number(event.target.value);
    b.refresh();
  };
  const set = async (event) => {
    await b.look({ traffic: Number(event.target.value) });
    b.ui.traffic = null;
    b.refresh();
  };
  const least = b.t("traffic_least", { share: percent(value) });
  const told = reached(b);
  return h(
    "label",
    { class: "jb-field", "data-key": "field-traffic" },
    h("span", { class: "jb-label jb-reached" }, told ?? b.t("traffic")),
    h(
      "span",
      { class: "jb-line" },
      h("input", {
        type: "range",
        name: "traffic",
        min: 0.1,
        max: 1,
        step: 0.05,
        value: String(value),
        oninput: move,
        onchange: set,
        "aria-label": b.t("traffic"),
        "aria-valuetext": [least, told].filter(Boolean).join(b.t("comma")),
      }),
      h("output", { class: "jb-output" }, least),
    ),
  );
}
const percent = (share) => `${Math.round(share * 100)}%`;

/** What the picture shows: more than was asked for where boxes would stand alone, never all but for a few. */
function reached(b) {
  const share = b.host.get("reached");
  if (typeof share !== "number") return null;
  return b.t("traffic_reached", { share: shareText(share) });
}

/** As the picture writes it: what is nearly all does not read like all. */
function shareText(share) {
  if (share > 0.999 && share < 1 - 1e-9) return ">99.9%";
  return share > 0.99 && share < 1 - 1e-9 ? `${(share * 100).toFixed(1)}%` : percent(share);
}

function cuts(b) {
  const view = b.host.get("view");
  const choices = b.host.get("choices") ?? {};
  const flow = view.kind === "flow";
  const segments = (choices.segments ?? []).map(({ id, label, n }) => [
    id,
    n === undefined || n === null ? label : b.t("with_n", { label, n }),
  ]);
  const others = segments.filter(([id]) => id !== view.segment);
  const variants = (choices.variants ?? []).map(({ id, label }) => [id, b.t("variant_n", { id, label })]);
  return [
    flow &&
      select(
        b,
        "detail",
        b.t("detail"),
        DETAILS.map((id) => [id, b.t(`detail_${id}`)]),
      ),
    traffic(b),
    select(b, "segment", b.t("segment"), [["", b.t("all_cases")], ...segments]),
    segments.length > 1 &&
      select(b, "against", b.t("against"), [["", b.t("nothing_against")], ...others], {
        disabled: !view.segment,
        title: view.segment ? null : b.t("against_hint"),
      }),
    flow &&
      select(b, "variant", b.t("variant"), [["", b.t("all_variants")], ...variants], {
        back: (value) => (value ? Number(value) : null),
      }),
    target(b, view, choices),
  ];
}

function target(b, view, choices) {
  if (view.kind !== "map" || !choices.has_spec || offered(b, "target", [["shown"], ["hidden"]]).length < 2)
    return null;
  const on = view.target === "shown";
  return button(b, "target", b.t("target"), () => b.look({ target: on ? "hidden" : "shown" }), {
    pressed: on,
  });
}

function doing(b) {
  const { add, judge } = b.may();
  const can = b.host.get("can") ?? {};
  return [
    add &&
      h(
        "div",
        { class: "jb-group", "data-key": "history" },
        button(b, "undo", b.t("undo"), () => b.change("undo"), {
          plain: true,
          disabled: !can.undo,
          title: b.t("undo_key"),
        }),
        button(b, "redo", b.t("redo"), () => b.change("redo"), {
          plain: true,
          disabled: !can.redo,
          title: b.t("redo_key"),
        }),
      ),
    add && button(b, "add", b.t("add_card"), () => b.newCard(), { kind: "jb-main", title: b.t("add_key") }),
    button(b, "cards", b.t("cards"), () => b.openTab("cards"), {
      pressed: b.ui.panel && b.ui.tab === "cards",
    }),
    button(b, "matrix", b.t("matrix"), () => b.show("matrix"), { pressed: b.ui.main === "matrix" }),
    b.host.get("agenda") &&
      button(b, "agenda", b.t("agenda"), () => b.openTab("agenda"), {
        pressed: b.ui.panel && b.ui.tab === "agenda",
      }),
    judge && button(b, "minutes", b.t("minutes"), () => b.ask("minutes"), { title: b.t("minutes_hint") }),
    languages(b),
    button(b, "keys", b.t("keys"), () => b.help(), { plain: true, title: b.t("keys_key") }),
    button(b, "present", b.t("present"), () => b.present(true), { title: b.t("present_hint") }),
  ];
}

function languages(b) {
  if (offered(b, "lang", [["zh"], ["en"]]).length < 2) return null;
  const other = b.host.get("view").lang === "zh" ? "en" : "zh";
  return button(b, "lang", other === "zh" ? "中文" : "English", () => b.look({ lang: other }), {
    sign: null,
    name: b.t("language"),
    title: b.t("language"),
    data: { lang: other === "zh" ? "zh-CN" : "en" },
  });
}

/** The tools of the board. */
export const toolbar = (b) => [
  h("div", { class: "jb-cuts", "data-key": "cuts" }, kinds(b), ...cuts(b)),
  h("div", { class: "jb-doing", "data-key": "doing" }, ...doing(b)),
];

/** The few tools that stay while presenting. */
export const fewTools = (b) => [
  kinds(b),
  button(b, "matrix", b.t("matrix"), () => b.show("matrix"), {
    plain: true,
    pressed: b.ui.main === "matrix",
  }),
  button(b, "panel", b.t("panel"), () => b.togglePanel(), { plain: true, pressed: b.ui.panel }),
  button(b, "leave", b.t("leave"), () => b.present(false), { plain: true, title: b.t("leave_key") }),
];

/** Zoom, at a corner of the picture. */
export const zoomTools = (b) => [
  button(b, "zoom-in", b.t("zoom_in"), () => b.port()?.zoomIn(), { plain: true, sign: "add" }),
  button(b, "zoom-out", b.t("zoom_out"), () => b.port()?.zoomOut(), { plain: true, sign: "minus" }),
  button(b, "fit", b.t("fit"), () => b.port()?.fit(), { plain: true }),
];
