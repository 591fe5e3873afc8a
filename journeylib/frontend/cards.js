// A card as it hangs in the panel, and the list of all of them.

import { button, choice } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { markIcon } from "./pins.js";
import { votesText } from "./words.js";

const UNRATED = -1;
const worth = (card) =>
  card.importance === null || card.importance === undefined ? UNRATED : card.importance * (card.urgency ?? 0);
const ORDERS = {
  votes: (a, b) => b.votes - a.votes,
  worth: (a, b) => worth(b) - worth(a),
  newest: (a, b) => String(b.at).localeCompare(String(a.at)),
};

/** Cards in the order the room asked for; equal ones stay as Python sent them. */
function sorted(cards, order, parts) {
  if (order !== "stage") return [...cards].sort(ORDERS[order] ?? ORDERS.votes);
  const places = new Map(Object.keys(parts ?? {}).map((pin, place) => [pin, place]));
  const place = (card) => places.get(card.pins[0]?.id) ?? places.size;
  return [...cards].sort((a, b) => place(a) - place(b));
}
export const labelOf = (list, id) => list?.find((one) => one.id === id)?.label ?? id;

function votes(b, card) {
  const { left = 0 } = b.host.get("person") ?? {};
  const mine = card.mine ?? 0;
  const dots = "●".repeat(Math.min(mine, 9));
  const cast = (n) => b.change("vote", { card: card.id, dots: n });
  return h(
    "span",
    { class: "jb-votes", role: "group", "aria-label": b.t("votes_of", { n: card.votes, mine }) },
    b.may().add &&
      button(b, "vote-less", b.t("vote_less"), () => cast(mine - 1), {
        plain: true,
        sign: "minus",
        disabled: mine < 1,
      }),
    h(
      "span",
      { class: "jb-dots" },
      h("span", { class: "jb-mine", "aria-hidden": "true" }, dots),
      h("b", {}, votesText(b.t, card.votes)),
    ),
    b.may().add &&
      button(b, "vote-more", b.t("vote_more"), () => cast(mine + 1), {
        plain: true,
        sign: "add",
        disabled: left < 1,
      }),
  );
}

function places(b, card) {
  const one = (pin) =>
    h(
      "button",
      {
        type: "button",
        class: "jb-place",
        "data-do": "go",
        "data-key": `pin-${pin.id}`,
        disabled: pin.here === false,
        title: pin.here === false ? b.t("not_shown_here") : b.t("show_place"),
        onclick: () => b.goTo(pin.id),
      },
      icon("pin"),
      h("span", {}, pin.label || pin.id),
      pin.here === false && h("em", {}, b.t("not_here")),
    );
  return card.pins.length
    ? h("span", { class: "jb-places" }, card.pins.map(one))
    : h("span", { class: "jb-hint" }, b.t("pinned_nowhere"));
}

/** What the log says to a claim: icon, colour and words. */
export function verdict(b, card) {
  const found = card.verdict;
  if (!card.claim) return null;
  if (!found)
    return h(
      "p",
      { class: "jb-verdict", "data-outcome": "none" },
      icon("open"),
      h("span", {}, card.claim.words ?? ""),
    );
  return h(
    "div",
    { class: "jb-verdict", "data-outcome": found.outcome },
    icon(found.outcome),
    h("div", {}, h("b", {}, b.t(`outcome_${found.outcome}`)), h("p", {}, found.words), proof(b, card, found)),
  );
}

function proof(b, card, { cases, sql }) {
  if (!cases?.length && !sql) return null;
  return h(
    "details",
    { "data-key": `proof-${card.id}` },
    h("summary", {}, b.t("evidence")),
    cases?.length
      ? h("p", { class: "jb-fine" }, b.t("example_cases", { cases: cases.join(b.t("comma")) }))
      : null,
    sql ? h("pre", { class: "jb-sql", tabindex: 0 }, sql) : null,
  );
}

function tools(b, card) {
  const { judge, edit } = b.may(card);
  if (!edit && !judge) return null;
  const statuses = (b.host.get("choices")?.statuses ?? []).filter(
    ({ id }) => id !== "withdrawn" || card.status === id,
  );
  return h(
    "div",
    { class: "jb-card-tools" },
    judge &&
      statuses.length > 1 &&
      choice(
        "status",
        b.t("status"),
        statuses.map(({ id, label }) => [id, label]),
        card.status,
        (status) => b.change("edit", { card: card.id, status }),
        { key: `status-${card.id}` },
      ),
    edit &&
      button(
        b,
        "edit",
        b.t("edit"),
        () =>
          b.openForm({
            mode: "edit",
            card: card.id,
            text: card.text,
            kind: card.kind,
            owner: card.owner ?? "",
          }),
        { sign: null },
      ),
    judge &&
      button(b, "claim", card.claim ? b.t("claim_change") : b.t("claim_add"), () => b.openClaim(card), {
        sign: null,
      }),
    judge && button(b, "rate", b.t("rate"), () => b.rate(card.id), { sign: null }),
    edit &&
      button(b, "withdraw", b.t("withdraw"), () => b.change("edit", { card: card.id, status: "withdrawn" }), {
        sign: null,
      }),
  );
}

/** One card. */
export function cardItem(b, card) {
  const choices = b.host.get("choices") ?? {};
  const rated = card.importance !== null && card.importance !== undefined;
  return h(
    "li",
    {
      class: `jb-card jb-edge-${card.kind}`,
      "data-card": card.id,
      "data-key": `card-${card.id}`,
      "data-status": card.status,
    },
    h(
      "div",
      { class: "jb-card-head" },
      markIcon(b.t, card.kind),
      h("span", { class: "jb-kind-name" }, labelOf(choices.kinds, card.kind)),
      h("span", { class: "jb-status" }, labelOf(choices.statuses, card.status)),
      votes(b, card),
    ),
    h("p", { class: "jb-card-text", dir: "auto" }, card.text),
    verdict(b, card),
    places(b, card),
    h(
      "p",
      { class: "jb-fine" },
      [
        b.t("by_author", { author: card.author }),
        card.owner && b.t("owned_by", { owner: card.owner }),
        rated && b.t("rated", { importance: card.importance, urgency: card.urgency ?? b.t("unrated") }),
      ]
        .filter(Boolean)
        .join(b.t("between")),
    ),
    tools(b, card),
  );
}

function filters(b) {
  const kinds = b.host.get("choices")?.kinds ?? [];
  return h(
    "div",
    { class: "jb-filters", "data-key": "filters" },
    choice(
      "order",
      b.t("order"),
      [...Object.keys(ORDERS), "stage"].map((id) => [id, b.t(`order_${id}`)]),
      b.ui.order,
      (id) => b.set({ order: id }),
    ),
    choice(
      "only",
      b.t("only"),
      [["", b.t("all_kinds")], ...kinds.map(({ id, label }) => [id, label])],
      b.ui.only,
      (id) => b.set({ only: id }),
    ),
  );
}

const section = (key, title, items, empty) =>
  h(
    "section",
    { class: "jb-section", "data-key": key },
    h("h3", {}, title),
    items.length ? h("ul", { class: "jb-list" }, items) : h("p", { class: "jb-hint" }, empty),
  );

/** All findings, cards and orphans. */
export function cardList(b, findingItem) {
  const all = b.host.get("cards") ?? [];
  const findings = b.host.get("findings") ?? [];
  const cards = sorted(
    all.filter((card) => !b.ui.only || card.kind === b.ui.only),
    b.ui.order,
    b.host.get("parts"),
  );
  const here = cards.filter((card) => !card.orphan);
  const orphans = cards.filter((card) => card.orphan);
  const { dots = 0, left = 0 } = b.host.get("person") ?? {};
  return [
    b.may().add && h("p", { class: "jb-left", "data-key": "left" }, b.t("dots_left", { left, dots })),
    filters(b),
    section(
      "cards",
      b.t("cards_n", { n: here.length }),
      here.map((card) => cardItem(b, card)),
      b.t("no_cards"),
    ),
    orphans.length
      ? section(
          "orphans",
          b.t("orphans_n", { n: orphans.length }),
          orphans.map((card) => cardItem(b, card)),
          "",
        )
      : null,
    section(
      "findings",
      b.t("findings_n", { n: findings.length }),
      findings.map((finding) => findingItem(b, finding)),
      b.t("no_findings"),
    ),
  ];
}
