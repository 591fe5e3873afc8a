// Elements from plain calls, and a patch that leaves alone what is already so: focus, typed words and
// the place in a list survive whatever arrives meanwhile.

const SVG = "http://www.w3.org/2000/svg";
const HANDLERS = [
  "onclick",
  "oninput",
  "onchange",
  "onsubmit",
  "onkeydown",
  "onpointerdown",
  "ontoggle",
  "onfocus",
];

function build(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else if (name !== "value") node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  if (props && "value" in props) node.value = props.value ?? "";
  return node;
}

/** An HTML element; strings among the children become text, never markup. */
export const h = (tag, props, ...children) => build(document.createElement(tag), props, children);

/** An SVG element. */
export const s = (tag, props, ...children) => build(document.createElementNS(SVG, tag), props, children);

const keyOf = (node) => (node.nodeType === 1 ? node.getAttribute("data-key") : null);
const alike = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function patchAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of HANDLERS) if (old[name] !== fresh[name]) old[name] = fresh[name];
}

function patchNode(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  patchAttributes(old, fresh);
  fill(old, [...fresh.childNodes]);
  if ("value" in fresh && fresh.nodeName !== "BUTTON" && fresh.nodeName !== "LI" && old.value !== fresh.value)
    old.value = fresh.value;
  if ("checked" in fresh && old.checked !== fresh.checked) old.checked = fresh.checked;
}

/** Make `nodes` the children of `parent`, keeping those children that they agree with. */
export function fill(parent, nodes) {
  const fresh = nodes.flat(Infinity).filter((node) => node !== null && node !== undefined && node !== false);
  const keyed = new Map([...parent.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  const wanted = new Set(fresh.map((node) => (node.nodeType ? keyOf(node) : null)).filter(Boolean));
  let at = parent.firstChild;
  for (const item of fresh) {
    const node = typeof item === "string" ? document.createTextNode(item) : item;
    while (at && keyOf(at) && !wanted.has(keyOf(at))) at = drop(at);
    const match = keyOf(node) ? keyed.get(keyOf(node)) : at;
    if (match && alike(match, node)) {
      if (match === at) at = at.nextSibling;
      else parent.insertBefore(match, at);
      patchNode(match, node);
    } else {
      parent.insertBefore(node, at);
      if (at && !keyOf(at) && !keyOf(node)) at = drop(at);
    }
  }
  while (at) at = drop(at);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

const REFUSED = new Set([
  "script",
  "foreignobject",
  "iframe",
  "object",
  "embed",
  "handler",
  "set",
  "animate",
]);
const harmless = ({ name, value }) =>
  !/^on/i.test(name) && !(/(^|:)href$/i.test(name) && !/^(#|data:image\/)/i.test(value));

/** The picture as an element; an error for what is no SVG, or could run something. */
export function parsePicture(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (found.namespaceURI !== SVG || found.localName !== "svg") throw new Error("not an SVG");
  for (const node of [found, ...found.querySelectorAll("*")]) {
    if (REFUSED.has(node.localName.toLowerCase()) || ![...node.attributes].every(harmless)) {
      throw new Error(`refused: <${node.localName}>`);
    }
  }
  return document.importNode(found, true);
}

/** The element that has the focus, inside a shadow tree too. */
export const focused = (root) => root.getRootNode().activeElement;
