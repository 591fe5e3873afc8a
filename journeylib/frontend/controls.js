// Buttons and choices as the whole board uses them.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** A button with an icon and words; `look.plain` shows the icon alone and keeps the words as its name. */
export function button(b, act, words, run, look = {}) {
  const { plain, pressed, disabled, sign = act, kind = "", data = {} } = look;
  return h(
    "button",
    {
      type: "button",
      "data-do": act,
      "data-key": look.key ?? `do-${act}`,
      class: `jb-button ${plain ? "jb-plain" : ""} ${kind}`.trim().replace(/\s+/g, " "),
      title: look.title ?? words,
      "aria-label": plain || look.name ? (look.name ?? words) : null,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      "aria-expanded": look.expanded === undefined ? null : String(look.expanded),
      disabled,
      onclick: run,
      ...data,
    },
    sign && icon(sign),
    !plain && h("span", { class: "jb-words" }, words),
  );
}

/** A labelled choice; `options` are [value, label]. */
export function choice(name, label, options, value, change, look = {}) {
  return h(
    "label",
    { class: "jb-field", "data-key": `field-${look.key ?? name}` },
    h("span", { class: "jb-label" }, label),
    h(
      "select",
      {
        name,
        disabled: look.disabled,
        title: look.title,
        onchange: (event) => change(event.target.value),
        value: value ?? "",
      },
      options.map(([id, words]) => h("option", { value: id ?? "", "data-key": `o-${id ?? ""}` }, words)),
    ),
  );
}

/** A labelled line (or, with `look.rows`, box) to type in. */
export function line(name, label, value, change, look = {}) {
  const { rows, key, hint, ...props } = look;
  const common = {
    name,
    oninput: (event) => change(event.target.value),
    value: value ?? "",
    autocomplete: "off",
    ...props,
  };
  return h(
    "label",
    { class: "jb-field jb-wide", "data-key": `field-${key ?? name}` },
    h("span", { class: "jb-label" }, label),
    rows ? h("textarea", { ...common, rows }) : h("input", { type: "text", ...common }),
    hint && h("span", { class: "jb-hint" }, hint),
  );
}

/** Enter in a form must not send it while an input method is still composing. */
export const composing = (event) => event.isComposing || event.keyCode === 229;
