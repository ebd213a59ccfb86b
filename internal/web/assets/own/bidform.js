// The form of an offer: what stands in it as an offer (spec/offer.md), and an
// offer back in it. Facts are what the tender's rules ask for, of declared types.
import { offerFormat, total } from "../verifier/offer.js";
import { Fault } from "./entry.js";
import { word } from "./words.js";

const { digits: minor } = JSON.parse(document.getElementById("pub-bidroom").dataset.tender);

/** How many digits the minor unit of a currency has: as whoever reads the offer counts them. Intl has others, to show. */
export const digitsOf = currency => minor[currency] ?? 2;

/** "1250.5" in minor units; undefined if it is no amount. A comma before three digits might be anything. */
export function minorUnits(text, digits) {
  const m = /^(\d{1,15})(?:([.,])(\d*))?$/.exec(text.replaceAll(/[\s\u00a0\u202f'’]/g, ""));
  const fraction = m?.[3] ?? "";
  if (!m || fraction.length > digits || (m[2] === "," && fraction.length === 3)) return undefined;
  const n = Number(m[1] + fraction.padEnd(digits, "0"));
  return Number.isSafeInteger(n) ? n : undefined;
}

/** Minor units as minorUnits reads them again. */
export function plainAmount(n, digits) {
  const text = String(n).padStart(digits + 1, "0");
  return digits ? text.slice(0, -digits) + "." + text.slice(-digits) : text;
}

/** An amount as people of the page's language read it. */
export function shownAmount(n, currency) {
  const digits = digitsOf(currency);
  return new Intl.NumberFormat(document.documentElement.lang + "-u-nu-latn", { style: "currency", currency, currencyDisplay: "code", minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(Number(n) / 10 ** digits);
}

const field = (box, name) => box.querySelector(`[name="${name}"]`);
const typed = (box, name) => field(box, name).value.trim();
const orNone = v => v || undefined;

function wholeNumber(input, least) {
  const n = Number(input.value.trim());
  if (!/^-?\d+$/.test(input.value.trim()) || !Number.isSafeInteger(n) || n < least) throw new Fault(input, word("number"));
  return n;
}

function amount(input, currency, least) {
  const n = minorUnits(input.value.trim(), digitsOf(currency));
  if (n === undefined || n < least) throw new Fault(input, word("amount"));
  return n;
}

const rows = box => [...box.querySelectorAll(":scope > [data-row]")];
const control = member => member.querySelector("input, select, textarea");

/** Every type that rules may ask for: how a member of the form is read, undefined if nothing is in it, and filled. */
const types = {
  int: { read: m => (control(m).value.trim() === "" ? undefined : wholeNumber(control(m), -Infinity)) },
  string: { read: m => orNone(control(m).value.trim()) },
  date: { read: m => orNone(control(m).value) },
  bool: { read: m => ({ yes: true, no: false })[control(m).value], fill: (m, v) => { control(m).value = v ? "yes" : "no"; } },
  lines: {
    read: m => {
      const all = control(m).value.split("\n").map(s => s.trim()).filter(Boolean);
      return all.length ? all.map(s => oneOf(m, m.dataset.of, s)) : undefined;
    },
    fill: (m, v) => { control(m).value = v.join("\n"); },
  },
  money: {
    read: m => {
      if (!typed(m, "amount")) return undefined;
      const currency = typed(m, "currency").toUpperCase();
      if (!/^[A-Z]{3}$/.test(currency)) throw new Fault(field(m, "currency"), word("currency"));
      return { amount: amount(field(m, "amount"), currency, 0), currency };
    },
    fill: (m, v) => {
      field(m, "amount").value = plainAmount(v.amount, digitsOf(v.currency));
      field(m, "currency").value = v.currency;
    },
  },
  record: { read: m => readMembers(m), fill: (m, v) => fillMembers(m, v) },
  records: {
    read: m => {
      const all = rows(m.querySelector(":scope > [data-rows]")).map(row => readMembers(row)).filter(v => v !== undefined);
      return all.length ? all : undefined;
    },
    fill: (m, v) => v.forEach(each => fillMembers(addRow(m), each)),
  },
};

/** One line of a list, as its type wants it. */
function oneOf(m, type, s) {
  const want = { int: /^-?\d{1,15}$/, bool: /^(true|false)$/, date: /^\d{4}-\d\d-\d\d$/ }[type];
  if (want && !want.test(s)) throw new Fault(control(m), word(type === "int" ? "number" : type));
  return type === "int" ? Number(s) : type === "bool" ? s === "true" : s;
}

const membersOf = box => [...box.children].filter(c => c.dataset.member !== undefined);

/** The members of a record of facts; undefined if none is given. */
export function readMembers(box) {
  const all = membersOf(box).map(m => [m.dataset.member, types[m.dataset.type].read(m)]).filter(([, v]) => v !== undefined);
  return all.length ? Object.fromEntries(all) : undefined;
}

function fillMembers(box, values) {
  for (const m of membersOf(box)) {
    const v = values?.[m.dataset.member];
    if (v === undefined) continue;
    const { fill } = types[m.dataset.type];
    if (fill) fill(m, v);
    else control(m).value = v;
  }
}

/** Adds a row to a list of records or items, and returns it. */
export function addRow(list) {
  const row = list.querySelector(":scope > template").content.firstElementChild.cloneNode(true);
  list.querySelector(":scope > [data-rows]").append(row);
  return row;
}

/** The items of the form; a row of which nothing is filled in is none. */
function items(form, currency) {
  return rows(form.querySelector("#bid-items > [data-rows]")).filter(row => ["id", "description", "quantity", "unit", "price"].some(n => typed(row, n))).map(row => {
    if (!typed(row, "id")) throw new Fault(field(row, "id"), word("itemid"));
    return {
      id: typed(row, "id"), description: orNone(typed(row, "description")), unit: orNone(typed(row, "unit")),
      quantity: wholeNumber(field(row, "quantity"), 1), price: amount(field(row, "price"), currency, 0),
    };
  });
}

/** The price, or what the items add up to; undefined as long as that cannot be said. */
export function price(form, currency) {
  const all = items(form, currency);
  return all.length ? Number(total(all)) : amount(field(form, "total"), currency, 1);
}

/** The offer that the form holds, whole and without documents; throws a Fault. */
export function readOffer(form, currency) {
  const name = typed(form, "bidder");
  if (!name) throw new Fault(field(form, "bidder"), word("bidder"));
  const list = items(form, currency);
  const facts = form.querySelector("#bid-facts");
  return {
    format: offerFormat, bidder: { name, scheme: orNone(typed(form, "scheme")), id: orNone(typed(form, "identifier")) },
    facts: facts ? readMembers(facts) : undefined, items: list.length ? list : undefined,
    price: { amount: price(form, currency), currency },
  };
}

const rowOf = e => e.parentElement.closest("[data-row]");

/** What of a form, or of one row of it, is not in a row within. */
const ownOf = (box, what) => [...box.querySelectorAll(what)].filter(e => rowOf(e) === (box.matches("[data-row]") ? box : null));
const controls = box => ownOf(box, "input:not([type=file]), select, textarea");

/** The name of a control or a list within its form or row: an amended tender may ask for others before it. */
function pathOf(box, e) {
  const path = [e.name || e.id];
  for (let at = e; at !== box; at = at.parentElement) if (at.dataset.member !== undefined) path.unshift(at.dataset.member);
  return path.join("/");
}

/** What stands in the form or a row of it, letter by letter, whether it makes an offer or not: {values, lists}. */
export function typedIn(box) {
  const lists = ownOf(box, "[data-list]").map(l => [pathOf(box, l), rows(l.querySelector(":scope > [data-rows]")).map(typedIn)]);
  return { values: Object.fromEntries(controls(box).map(c => [pathOf(box, c), c.value])), lists: Object.fromEntries(lists) };
}

/** Puts what typedIn found back into a form, or a row, without rows in it. */
export function typeIn(box, typed) {
  for (const c of controls(box)) {
    const before = c.value, v = typed.values[pathOf(box, c)];
    if (v === undefined) continue;
    c.value = v;
    if (c.value !== v) c.value = before; // a choice that is there no more
  }
  for (const l of ownOf(box, "[data-list]")) for (const row of typed.lists[pathOf(box, l)] ?? []) typeIn(addRow(l), row);
}

/** Puts an offer into the form. */
export function fillOffer(form, offer, currency) {
  field(form, "bidder").value = offer.bidder?.name ?? "";
  field(form, "scheme").value = offer.bidder?.scheme ?? "";
  field(form, "identifier").value = offer.bidder?.id ?? "";
  const digits = digitsOf(currency);
  for (const list of form.querySelectorAll("[data-rows]")) list.replaceChildren();
  for (const x of offer.items ?? []) {
    const row = addRow(form.querySelector("#bid-items"));
    for (const n of ["id", "description", "unit", "quantity"]) field(row, n).value = x[n] ?? "";
    field(row, "price").value = plainAmount(x.price, digits);
  }
  field(form, "total").value = offer.price ? plainAmount(offer.price.amount, digits) : "";
  const facts = form.querySelector("#bid-facts");
  if (!facts) return;
  for (const c of facts.querySelectorAll("input, select, textarea")) c.value = ""; // what the offer says nothing to
  fillMembers(facts, offer.facts);
}
