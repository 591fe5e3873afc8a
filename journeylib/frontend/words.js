// Words of the user interface, as Python sends them; `{name}` stands for a value.

const BIDI = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/;
/** A value that runs from right to left keeps that to itself. */
const apart = (value) => (BIDI.test(value) ? `\u2068${value}\u2069` : String(value));

/** A function (key, values) → text; a missing word shows as its key, so that it is noticed. */
export const wording =
  (host) =>
  (key, values = {}) => {
    const text = host.get("words")?.[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? apart(values[name]) : whole));
  };

/** So many votes. */
export const votesText = (t, n) => t(n === 1 ? "votes_one" : "votes_n", { n });

/** Minutes and seconds, with a minus sign once the time is over. */
export function clockText(ms) {
  const seconds = ms < 0 ? Math.floor(-ms / 1000) : Math.ceil(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return (ms < 0 ? "−" : "") + (hours ? `${hours}:${rest}` : rest);
}
