// What can be done on the board, whoever asks for it: a button, a key, the picture.

import { claimOf, draftOf, placeHere } from "./claim.js";
import { askName, showKeys } from "./forms.js";
import { present } from "./presenter.js";

const OWN = { add: false, judge: false, lead: false, edit: false };
const UNSIGNED = new Set(["look", "cases", "play", "suggest", "poll", "sign", "minutes"]);

/** Talking with the other side. */
function talking(b) {
  let heard = b.host.get("said")?.n ?? 0;
  let count = 0;
  const say = (text, level = "info") => {
    count += 1;
    b.ui.status = { text, level, n: count };
    b.refresh("status");
  };
  const ask = async (what, fields) => {
    b.ui.busy += 1;
    b.refresh("status");
    const reply = await b.host.ask(what, fields);
    b.ui.busy -= 1;
    b.refresh("status");
    if (reply.late) say(b.t("no_answer"), "error");
    return reply;
  };
  const signed = async () => {
    if (b.host.get("person")?.by) return true;
    const by = await askName(b);
    return Boolean(by) && (await ask("sign", { by })).ok;
  };
  return {
    say,
    ask,
    heard() {
      const said = b.host.get("said");
      if (!said || said.n === heard) return;
      heard = said.n;
      say(said.text, said.level);
    },
    /** Ask for a change, signed by whoever is there. */
    async change(what, fields) {
      if (!b.may().add) return { ok: false };
      if (!UNSIGNED.has(what) && !(await signed())) return { ok: false };
      return ask(what, fields);
    },
    /** What this person may do (to `card`). */
    may(card) {
      const { role, by } = b.host.get("person") ?? {};
      if (role === "facilitator") return { add: true, judge: true, lead: true, edit: true };
      if (role === "participant")
        return { ...OWN, add: true, edit: Boolean(card && by && card.author === by) };
      return OWN;
    },
  };
}

/** What is shown. */
function showing(b) {
  const set = (changes) => {
    Object.assign(b.ui, changes, "panel" in changes ? { asked: true } : {});
    b.refresh();
  };
  const part = (pin) => b.host.get("parts")?.[pin];
  const pinLabel = (pin) => {
    const cards = b.host.get("cards") ?? [];
    const known = cards.flatMap((card) => card.pins).find(({ id }) => id === pin);
    return part(pin)?.label ?? known?.label ?? pin;
  };
  /** Who takes part without the log has no cases to look at; a saved page has those it was saved with. */
  const hasCases = (pin) => b.host.get("person")?.role !== "participant" && b.host.hasCases?.(pin) !== false;
  /** The cases behind what is chosen; asked once for each view. */
  const askCases = async (pin) => {
    const known = b.ui.cases;
    if (!part(pin) || known[pin] || !hasCases(pin)) return;
    known[pin] = { asked: true };
    const { cases } = await b.ask("cases", { pin });
    known[pin] = cases ? { asked: true, shown: cases } : {};
    b.refresh("panel");
  };
  const choose = (pin) => {
    set({ pin, ...(pin ? { tab: "part", panel: true } : {}) });
    b.area.mark();
    if (!pin) return;
    askCases(pin);
    b.say(b.t("chosen_says", { label: pinLabel(pin) }));
  };
  return {
    set,
    pinLabel,
    choose,
    port: () => b.area.port,
    look: (fields) => b.ask("look", fields),
    show(what) {
      set({ main: what === "matrix" ? "matrix" : "picture", rating: null });
      if (what !== "matrix" && b.host.get("view").kind !== what) b.look({ kind: what });
    },
    goTo(pin) {
      set({ main: "picture" });
      choose(pin);
      b.after(() => b.area.goTo(pin));
    },
    openTab(tab, stay = false) {
      const close = !stay && b.ui.panel && b.ui.tab === tab;
      set(close ? { tab: "part" } : { tab, panel: true });
    },
    togglePanel: () => set({ panel: !b.ui.panel }),
    focusPanel() {
      set({ panel: true });
      b.after(() => b.root.querySelector(".jb-panel [role=tab][aria-selected=true]")?.focus());
    },
    rate(id) {
      set({ main: "matrix", rating: id });
      b.after(() => b.root.querySelector(`[data-chip="${CSS.escape(id)}"]`)?.focus());
    },
    askCases,
    present: (on) => present(b, on),
    help: () => showKeys(b),
  };
}

/** Forms: opened, typed in, sent. */
function writing(b) {
  const keep = (changes) => {
    if (b.ui.form) Object.assign(b.ui.form, changes);
  };
  const draft = (changes) => {
    keep(changes);
    b.refresh("panel");
  };
  const restore = (back) => {
    const part = back?.dataset?.pin;
    if (part && !back.isConnected) b.area.goTo(part);
    else if (back?.isConnected) back.focus();
    else b.root.querySelector('[data-do="add"]')?.focus();
  };
  const open = (form, first) => {
    if (!b.ui.form) b.ui.back = b.focused();
    b.set({ form, panel: true });
    b.after(() => {
      const field = b.root.querySelector(first);
      field?.focus();
      field?.closest("form").scrollIntoView({ block: "nearest" });
    });
  };
  const close = () => {
    const { form, back } = b.ui;
    if (!form) return;
    b.ui.kept = form.mode === "new" && !form.sent && form.text ? form : null;
    b.set({ form: null, back: null });
    b.after(() => restore(back));
  };
  const failed = (form, text) => {
    Object.assign(form, { problem: text ?? b.host.get("said")?.text ?? b.t("not_saved"), sending: false });
    b.refresh("panel");
  };
  const sending = async (form, ask) => {
    if (form.sending) return;
    Object.assign(form, { sending: true, problem: null });
    b.refresh("panel");
    const { ok } = await ask();
    if (!ok) failed(form);
    else {
      Object.assign(form, { sent: true, sending: false });
      if (b.ui.form === form) close();
    }
  };
  return {
    keep,
    draft,
    restore,
    closeForm: close,
    openForm: (form) => open(form, ".jb-card-form [name=text]"),
    ...cardForms(b, { open, failed, sending }),
    ...claimForms(b, { open, failed, sending }),
  };
}

function cardForms(b, { open, failed, sending }) {
  const kindHere = (pin) => (b.host.get("findings") ?? []).find(({ id }) => id === pin)?.kind;
  const fresh = () => {
    const focus = b.focused();
    const at = b.area.holder.contains(focus) ? focus.closest("[data-pin]")?.dataset.pin : null;
    const pin = at ?? b.ui.pin;
    const kinds = (b.host.get("choices")?.kinds ?? []).map(({ id }) => id);
    const kind = [kindHere(pin), b.ui.lastKind, "idea"].find((id) => kinds.includes(id)) ?? kinds[0];
    return { mode: "new", pin, text: "", kind, owner: "", by: b.host.get("person")?.by ?? "" };
  };
  const sendNew = (form) => async () => {
    const by = form.by.trim();
    if (by !== b.host.get("person")?.by && !(await b.ask("sign", { by })).ok) return { ok: false };
    b.ui.lastKind = form.kind;
    return b.ask("card", {
      text: form.text.trim(),
      kind: form.kind,
      pins: form.pin ? [form.pin] : [],
      owner: form.owner.trim() || null,
    });
  };
  const sendEdit = (form) => () =>
    b.change("edit", {
      card: form.card,
      text: form.text.trim(),
      kind: form.kind,
      owner: form.owner.trim() || null,
      ...(form.pin ? { pins: [form.pin] } : {}),
    });
  return {
    newCard() {
      if (!b.may().add) return;
      const before = b.ui.form?.mode === "new" ? b.ui.form : b.ui.kept;
      const made = fresh();
      if (made.pin && made.pin !== b.ui.pin) b.choose(made.pin);
      open(before ? { ...before, sending: false } : made, ".jb-card-form [name=text]");
    },
    sendCard() {
      const { form } = b.ui;
      if (!form.text.trim()) return failed(form, b.t("text_missing"));
      if (form.mode === "new" && !form.by.trim()) return failed(form, b.t("name_missing"));
      return sending(form, form.mode === "new" ? sendNew(form) : sendEdit(form));
    },
  };
}

function claimForms(b, { open, failed, sending }) {
  const here = (card) => placeHere(b, card.pins[0]?.id);
  return {
    async openClaim(card) {
      const draft = draftOf(b, card.claim, here(card));
      const form = {
        mode: "claim",
        card: card.id,
        text: card.text,
        suggestions: null,
        picked: null,
        ...draft,
      };
      open(form, ".jb-claim-form [name=measure]");
      const { suggestions } = await b.ask("suggest", {
        text: [card.text, ...card.pins.map(({ label }) => label)].join(" "),
        card: card.id,
      });
      form.suggestions = suggestions ?? [];
      b.refresh("panel");
    },
    pickClaim(n) {
      const { form } = b.ui;
      const picked = form.suggestions[n];
      Object.assign(form, draftOf(b, picked.claim), { picked: n, problem: null });
      b.refresh("panel");
      b.after(() =>
        b.root
          .querySelector(
            picked.needs_threshold ? ".jb-claim-form [name=threshold]" : ".jb-claim-form [type=submit]",
          )
          ?.focus(),
      );
    },
    sendClaim(given) {
      const { form } = b.ui;
      const claim = given === null ? null : claimOf(b, form);
      if (given !== null && !claim) return failed(form, b.t("claim_missing"));
      return sending(form, () => b.change("claim", { card: form.card, claim }));
    },
  };
}

/** Esc: the innermost thing that can be closed. */
function escaping(b) {
  return {
    escape() {
      if (b.ui.form) b.closeForm();
      else if (b.ui.main === "matrix") b.show(b.host.get("view").kind);
      else if (b.ui.pin) b.choose(null);
      else if (b.ui.presenting) b.present(false);
    },
  };
}

/** All of it, to be put on the board `b`. */
export const actions = (b) => ({ ...talking(b), ...showing(b), ...writing(b), ...escaping(b) });
