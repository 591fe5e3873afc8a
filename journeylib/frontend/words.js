// Words of the user interface, as Python sends them; `{name}` stands for a value.

/** A function (key, values) → text; a missing word shows as its key, so that it is noticed. */
export const wording = (host) => (key, values = {}) => {
  const text = host.get("words")?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
};

/** Minutes and seconds, with a minus sign once the time is over. */
export function clockText(ms) {
  const seconds = Math.abs(ms < 0 ? Math.ceil(-ms / 1000) : Math.ceil(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return (ms < 0 ? "−" : "") + (hours ? `${hours}:${rest}` : rest);
}
