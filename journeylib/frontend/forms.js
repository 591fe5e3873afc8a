// The forms of a card and of a name. What is typed lives in the board's state, so nothing that
// arrives meanwhile can take it away.

import { button, choice, composing, line } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Keys within a form: Ctrl+Enter sends, Enter never does while an input method composes. */
function keys(event) {
  if (composing(event)) {
    if (event.key === "Enter") event.stopPropagation();
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }
}

function pinLine(b, form) {
  const label = form.pin ? b.pinLabel(form.pin) : b.t("pinned_nowhere");
  const other = b.ui.pin && b.ui.pin !== form.pin;
  return h(
    "p",
    { class: "jb-pin-line", "data-key": "pin-line" },
    icon("pin"),
    h("span", {}, form.mode === "edit" && !form.pin ? b.t("place_unchanged") : b.t("pinned_to", { label })),
    other &&
      button(
        b,
        "repin",
        b.t("pin_to_chosen", { label: b.pinLabel(b.ui.pin) }),
        () => b.draft({ pin: b.ui.pin }),
        { sign: null },
      ),
  );
}

/** New card, or the card that is edited. */
export function cardForm(b) {
  const form = b.ui.form;
  const kinds = (b.host.get("choices")?.kinds ?? []).map(({ id, label }) => [id, label]);
  const edit = form.mode === "edit";
  const send = (event) => {
    event.preventDefault();
    if (!form.composing) b.sendCard();
  };
  return h(
    "form",
    {
      class: "jb-form jb-card-form",
      "data-key": `form-${form.mode}-${form.card ?? "new"}`,
      "aria-label": edit ? b.t("edit_card") : b.t("new_card"),
      onsubmit: send,
      onkeydown: keys,
      novalidate: true,
    },
    h("h3", {}, edit ? b.t("edit_card") : b.t("new_card")),
    pinLine(b, form),
    line("text", b.t("card_text"), form.text, (text) => b.keep({ text }), {
      rows: 3,
      required: true,
      placeholder: b.t("card_text_hint"),
      maxlength: 4000,
      dir: "auto",
    }),
    h(
      "div",
      { class: "jb-pair" },
      choice("kind", b.t("kind"), kinds, form.kind, (kind) => b.draft({ kind })),
      line("owner", b.t("owner"), form.owner, (owner) => b.keep({ owner }), {
        placeholder: b.t("owner_hint"),
      }),
    ),
    !edit &&
      line("by", b.t("your_name"), form.by, (by) => b.keep({ by }), { required: true, autocomplete: "name" }),
    form.problem && h("p", { class: "jb-problem", role: "alert" }, icon("warn"), form.problem),
    h(
      "div",
      { class: "jb-form-tools" },
      h(
        "button",
        { type: "submit", class: "jb-button jb-main", disabled: form.sending },
        edit ? b.t("save") : b.t("add_card"),
      ),
      button(b, "cancel", b.t("cancel"), () => b.closeForm(), { sign: null }),
      h("span", { class: "jb-hint" }, b.t("send_key")),
    ),
  );
}

/** A dialog of the board; `make(close)` gives what is in it, and Esc closes it with null. */
function ask(b, label, kind, make) {
  const back = b.focused();
  return new Promise((resolve) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      b.restore(back);
      resolve(answer);
    };
    const onKey = (event) => {
      if (composing(event) || event.key !== "Escape") return;
      event.preventDefault();
      close(null);
    };
    const dialog = h(
      "dialog",
      { class: `jb-dialog ${kind}`, "aria-label": label, onkeydown: onKey },
      make(close),
    );
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    b.root.append(dialog);
    dialog.showModal();
    dialog.querySelector("input, button").focus();
  });
}

/** Ask who is there; gives the name, or null. */
export const askName = (b) =>
  ask(b, b.t("who_are_you"), "", (close) => {
    const field = h("input", {
      type: "text",
      name: "by",
      autocomplete: "name",
      required: true,
      maxlength: 80,
    });
    const send = (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (name) close(name);
      else field.focus();
    };
    return h(
      "form",
      { class: "jb-form jb-sign-form", onsubmit: send, novalidate: true },
      h("h3", {}, b.t("who_are_you")),
      h("p", { class: "jb-hint" }, b.t("who_hint")),
      h("label", { class: "jb-field jb-wide" }, h("span", { class: "jb-label" }, b.t("your_name")), field),
      h(
        "div",
        { class: "jb-form-tools" },
        h("button", { type: "submit", class: "jb-button jb-main" }, b.t("sign")),
        button(b, "cancel", b.t("cancel"), () => close(null), { sign: null }),
      ),
    );
  });

const KEYS = ["move", "edge", "choose", "new", "undo", "redo", "zoom", "matrix", "close", "help"];

/** The keys of the board. */
export const showKeys = (b) =>
  ask(b, b.t("keys"), "jb-keys", (close) => [
    h("h3", {}, b.t("keys")),
    h(
      "dl",
      {},
      KEYS.flatMap((id) => [h("dt", {}, b.t(`key_${id}`)), h("dd", {}, b.t(`key_${id}_does`))]),
    ),
    button(b, "cancel", b.t("close"), () => close(null), { sign: null, kind: "jb-main" }),
  ]);
