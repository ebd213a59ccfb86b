/** What a page says in its language: the element data-word=name of its template pub-words. */
export const word = name => document.getElementById("pub-words").content.querySelector(`[data-word="${name}"]`).textContent;

/** A word in which {name} stands for a value; numbers are grouped as the page's language does. */
export function say(name, values) {
  const grouped = new Intl.NumberFormat(document.documentElement.lang + "-u-nu-latn");
  return word(name).replace(/\{(\w+)\}/g, (all, v) => (v in values ? (typeof values[v] === "number" ? grouped.format(values[v]) : values[v]) : all));
}

/** Copies a template and fills its slots; returns the copy and its parts by name. */
export function copy(id, values) {
  const node = document.getElementById(id).content.firstElementChild.cloneNode(true);
  for (const [name, value] of Object.entries(values)) node.querySelector(`[data-slot="${name}"]`).textContent = value;
  return node;
}

/** A moment in the page's language, in UTC as everywhere on the register. */
export function when(element, ms) {
  const t = new Date(ms);
  element.dateTime = t.toISOString();
  const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang; // the day before the month, as on every page here
  element.textContent = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short", timeZone: "UTC", numberingSystem: "latn", hourCycle: "h23" }).format(t) + " UTC";
}
