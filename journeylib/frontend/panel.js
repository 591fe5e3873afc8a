// The side of the board: what was chosen, its findings, cases and cards.

import { agendaTab } from "./agenda.js";
import { cardItem, cardList } from "./cards.js";
import { claimForm } from "./claim.js";
import { button } from "./controls.js";
import { h } from "./dom.js";
import { cardForm } from "./forms.js";
import { icon } from "./icons.js";

/** A finding with the room's word on it. */
export function findingItem(b, finding) {
  const { judge } = b.may();
  const put = (status) =>
    b.change("judge", { finding: finding.id, status: finding.status === status ? "open" : status });
  const verdict = (status, words) =>
    button(b, status, words, () => put(status), {
      pressed: finding.status === status,
      sign: status === "confirmed" ? "proven" : "contradicted",
      name: `${words} ${finding.title}`,
    });
  return h(
    "li",
    {
      class: `jb-finding jb-edge-${finding.kind}`,
      "data-finding": finding.id,
      "data-key": `finding-${finding.id}`,
      "data-status": finding.status,
    },
    h(
      "div",
      { class: "jb-card-head" },
      h("span", { class: "jb-number", "aria-hidden": "true" }, String(finding.number)),
      h(
        "button",
        { type: "button", class: "jb-link", "data-do": "go", onclick: () => b.goTo(finding.id) },
        finding.title,
      ),
    ),
    (finding.lines ?? []).map((words) => h("p", { class: "jb-fine" }, words)),
    h(
      "div",
      { class: "jb-card-tools" },
      h(
        "span",
        { class: "jb-status" },
        icon(
          finding.status === "confirmed" ? "proven" : finding.status === "rejected" ? "contradicted" : "open",
        ),
        b.t(`finding_${finding.status}`),
      ),
      judge && verdict("confirmed", b.t("confirm")),
      judge && verdict("rejected", b.t("reject")),
    ),
  );
}

const rows = (part) =>
  h(
    "dl",
    { class: "jb-rows", "data-key": "rows" },
    (part.rows ?? []).flatMap(([name, value]) => [
      h("dt", {}, name),
      h("dd", { dir: "auto" }, value === "" || value === null ? "–" : String(value)),
    ]),
  );

function cases(b, pin) {
  const { asked, shown } = b.ui.cases[pin] ?? {};
  if (!asked) return null;
  const inside = shown?.rows.length
    ? caseTable(b, shown)
    : h("p", { class: "jb-hint" }, shown ? shown.note || b.t("no_cases") : b.t("asking_cases"));
  return h(
    "section",
    { class: "jb-section jb-cases", "data-key": "cases" },
    h("h3", {}, b.t("cases")),
    inside,
  );
}

const caseTable = (b, { head, rows: found, note }) => [
  h(
    "div",
    { class: "jb-scroll", tabindex: 0, role: "region", "aria-label": b.t("cases") },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((words) => h("th", { scope: "col" }, words)),
        ),
      ),
      h(
        "tbody",
        {},
        found.map((row) =>
          h(
            "tr",
            {},
            row.map((cell) => h("td", { title: cell }, cell ?? "")),
          ),
        ),
      ),
    ),
  ),
  h("p", { class: "jb-fine" }, note ?? ""),
];

function chosen(b) {
  const pin = b.ui.pin;
  const part = b.host.get("parts")?.[pin];
  if (!pin) return [h("p", { class: "jb-hint", "data-key": "hint" }, b.t("choose_hint")), openCards(b)];
  const findings = (b.host.get("findings") ?? []).filter(
    ({ id }) => id === pin || b.area.findingsOf(pin).includes(id),
  );
  const cards = (b.host.get("cards") ?? []).filter((card) => card.pins.some(({ id }) => id === pin));
  return [
    h(
      "header",
      { class: "jb-chosen", "data-key": `chosen-${pin}` },
      h("p", { class: "jb-kind-of" }, part?.kind ? b.t(`part_${part.kind}`) : b.t("part_gone")),
      h("h2", { dir: "auto" }, part?.label ?? b.pinLabel(pin)),
      button(b, "unchoose", b.t("unchoose"), () => b.choose(null), { plain: true, sign: "close" }),
    ),
    part && rows(part),
    findings.length
      ? h(
          "section",
          { class: "jb-section", "data-key": "findings" },
          h("h3", {}, b.t("findings_here")),
          h(
            "ul",
            { class: "jb-list" },
            findings.map((one) => findingItem(b, one)),
          ),
        )
      : null,
    h(
      "section",
      { class: "jb-section", "data-key": "cards" },
      h("h3", {}, b.t("cards_n", { n: cards.length })),
      b.may().add && button(b, "add", b.t("add_here"), () => b.newCard(), { kind: "jb-main" }),
      cards.length
        ? h(
            "ul",
            { class: "jb-list" },
            cards.map((card) => cardItem(b, card)),
          )
        : h("p", { class: "jb-hint" }, b.t("no_cards_here")),
    ),
    part && cases(b, pin),
  ];
}

function openCards(b) {
  const cards = (b.host.get("cards") ?? []).filter(({ status }) => status === "open").slice(0, 5);
  if (!cards.length) return null;
  return h(
    "section",
    { class: "jb-section", "data-key": "open" },
    h("h3", {}, b.t("open_cards")),
    h(
      "ul",
      { class: "jb-list" },
      cards.map((card) => cardItem(b, card)),
    ),
  );
}

function tabs(b) {
  const tab = (id, words) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "jb-tab",
        "data-tab": id,
        "data-key": `tab-${id}`,
        "aria-selected": String(b.ui.tab === id),
        onclick: () => b.openTab(id, true),
      },
      words,
    );
  const n = (b.host.get("cards") ?? []).length;
  return h(
    "div",
    { class: "jb-tabs", "data-key": "tabs" },
    h(
      "div",
      { role: "tablist", "aria-label": b.t("panel") },
      tab("part", b.t("chosen")),
      tab("cards", b.t("cards_tab", { n })),
      b.host.get("agenda") && tab("agenda", b.t("agenda")),
    ),
    button(b, "close-panel", b.t("close_panel"), () => b.togglePanel(), { plain: true, sign: "close" }),
  );
}

function form(b) {
  if (!b.ui.form) return null;
  return b.ui.form.mode === "claim" ? claimForm(b) : cardForm(b);
}

/** Everything in the panel. */
export function panel(b) {
  const shown = { part: chosen, cards: (board) => cardList(board, findingItem), agenda: agendaTab }[b.ui.tab];
  return [
    tabs(b),
    form(b),
    h("div", { class: "jb-tab-body", role: "tabpanel", "data-key": `body-${b.ui.tab}` }, shown(b)),
  ];
}
