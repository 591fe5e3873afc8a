// The other side of the board in a saved page: prepared views, nothing that changes.

const SHARED = ["words", "choices", "cards", "findings", "agenda"];
const NOBODY = { by: null, role: "reader", dots: 0, left: 0 };

const KEPT = { kind: 40, lang: 20, theme: 10 };
const ASKED = { theme: 15 }; // a theme is followed only where nothing of substance changes for it

/** The prepared view that has what is asked for and agrees with `now` in most of the rest. */
export function nearest(views, now, asked) {
  const score = ({ view }) =>
    Object.keys({ ...now, ...asked }).reduce((sum, key) => {
      if (key in asked) return sum + (same(view[key], asked[key]) ? (ASKED[key] ?? 100) : 0);
      return sum + (same(view[key], now[key]) ? (KEPT[key] ?? 1) : 0);
    }, 0);
  return views.reduce((best, one) => (score(one) > score(best) ? one : best));
}
const same = (a, b) => (a ?? null) === (b ?? null);

/** A host over one exhibit (see the protocol); `look` switches between its views. */
export function storedHost(exhibit) {
  const watchers = new Map();
  let shown = exhibit.views[exhibit.start ?? 0];
  const get = (name) => {
    if (name === "person") return NOBODY;
    if (name === "can") return { undo: false, redo: false };
    if (name in shown) return shown[name];
    return SHARED.includes(name) ? exhibit.langs[shown.view.lang]?.[name] : null;
  };
  const look = (asked) => {
    const next = nearest(exhibit.views, shown.view, asked);
    if (next === shown) return { ok: false };
    shown = next;
    for (const tells of watchers.values()) tells.forEach((tell) => tell());
    return { ok: true };
  };
  return {
    key: exhibit,
    live: false,
    get,
    watch: (name, tell) => watchers.set(name, [...(watchers.get(name) ?? []), tell]),
    async ask(what, fields = {}) {
      if (what === "look") return look(fields);
      const cases = what === "cases" && shown.cases?.[fields.pin];
      return cases ? { ok: true, cases } : { ok: false };
    },
    offers(key) {
      const alike = exhibit.views.filter(({ view }) => key === "kind" || view.kind === shown.view.kind);
      return [...new Set(alike.map(({ view }) => view[key] ?? null))];
    },
    hasCases: (pin) => Boolean(shown.cases?.[pin]),
    close: () => watchers.clear(),
  };
}
