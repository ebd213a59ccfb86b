// Offers, which stand inside the envelopes of a bid. See spec/offer.md.
//
//   import { canonicalOffer, parseOffer } from "./offer.js";
//   const text = canonicalOffer(offer, "technical");        // throws a Problem
//   const read = parseOffer({ currency: "USD" }, "bid", opened);
import { Problem, join, malformed } from "./bytes.js";
import { canonical, isObject, members, read, readJSON } from "./json.js";

export const offerFormat = "publica-offer/v1";
export const maxItems = 500;
export const maxPrice = 1000000000000000;

const invalid = (field, message) => new Problem("invalid", field, message);

/** A reader for which null is what is not there. */
const orNothing = reader => (value, at) => (value === null ? undefined : reader(value, at));
const text = orNothing(read.text);
const whole = orNothing((value, at) => {
  if (!Number.isInteger(value) || value >= 2 ** 63 || value < -(2 ** 63)) throw malformed(at, "is not a whole number of 64 bits");
  return value;
});
const object = readers => orNothing(read.object(readers));
const list = readers => orNothing((value, at) => read.list(object(readers))(value, at).map(v => v ?? {}));


const readers = {
  bidder: object({ id: text, name: text, scheme: text }),
  documents: list({ blob: object({ hash: orNothing(read.hash), key: orNothing(read.hash), size: whole }), media: text, name: text }),
  facts: read.any,
  format: text,
  letters: orNothing(read.hash),
  items: list({ description: text, id: text, price: whole, quantity: whole, unit: text }),
  price: object({ amount: whole, currency: text }),
};

/** White space as Unicode has it, which names do not consist of. */
const blank = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;

/** What of a whole offer stands in an envelope: "bid", "technical" or "price". */
export function offerFor(offer, envelope) {
  const part = { format: offer.format };
  if (envelope !== "price") Object.assign(part, { bidder: offer.bidder, documents: offer.documents, facts: offer.facts, letters: offer.letters });
  if (envelope !== "technical") Object.assign(part, { items: offer.items, price: offer.price });
  return part;
}

const full = (name, value) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
const trimmed = o => Object.fromEntries(Object.entries(o).filter(([name, value]) => full(name, value)));

/** The text that is sealed of a whole offer in an envelope. Nothing that is empty stands in it. */
export function canonicalOffer(offer, envelope) {
  const o = trimmed(offerFor(offer, envelope));
  if (o.bidder) o.bidder = { name: "", ...trimmed(o.bidder) };
  if (o.items) o.items = o.items.map(x => ({ id: "", price: 0, quantity: 0, ...trimmed(x) }));
  return canonical(o);
}

/** Reads what one envelope of a tender says; terms: {currency}. What it refuses is non-responsive. */
export function parseOffer(terms, envelope, bytes) {
  const at = (field, check) => {
    try {
      return check();
    } catch (err) {
      throw err instanceof Problem ? new Problem(err.code, join(field, err.field), err.message) : err;
    }
  };
  const { value, text } = at("offer", () => readJSON(bytes));
  if (canonical(value) !== text) throw malformed("offer", "is not canonical JSON (RFC 8785)");
  const offer = at("offer", () => members(value, "", readers));
  checkOffer(terms, envelope, offer);
  return offer;
}

/** Checks what one envelope says, as parseOffer does. */
export function checkOffer(terms, envelope, o) {
  const [first, last] = [envelope !== "price", envelope !== "technical"];
  if (o.format !== offerFormat) throw new Problem("unsupported", "offer/format", `is not ${offerFormat}`);
  if ((o.bidder !== undefined) !== first) throw invalid("offer/bidder", "stands in the first envelope, and in no other");
  if (first && blank.test(o.bidder.name ?? "")) throw invalid("offer/bidder/name", "is missing");
  if (!first && o.letters !== undefined) throw invalid("offer/letters", "stands in the first envelope");
  if (!first && o.facts !== undefined) throw invalid("offer/facts", "stand in the first envelope");
  if (o.facts !== undefined && !isObject(o.facts)) throw malformed("offer/facts", "is not an object");
  if ((o.price !== undefined) !== last) throw invalid("offer/price", "stands in the last envelope, and in no other");
  if (!last && o.items?.length) throw invalid("offer/items", "have prices, which stand in the last envelope");
  if (last) checkPrice(terms, o);
}

function checkPrice(terms, o) {
  const { amount = 0, currency = "" } = o.price;
  const items = o.items ?? [];
  if (amount < 1 || amount > maxPrice) throw invalid("offer/price/amount", "is not an amount");
  if (currency !== terms.currency) throw invalid("offer/price/currency", `is not the tender's, ${terms.currency}`);
  if (items.length > maxItems) throw new Problem("too-large", "offer/items", `are more than ${maxItems}`);
  items.forEach(({ id = "", price = 0, quantity = 0 }, i) => {
    if (id === "" || quantity < 1 || price < 0) throw invalid(`offer/items/${i}`, "has no id, no quantity, or a price below zero");
  });
  const sum = total(items);
  if (items.length > 0 && sum !== BigInt(amount)) throw invalid("offer/items", `add up to ${sum}, the price is ${amount}`);
}

/** What items cost together, in minor units: a BigInt. */
export const total = items => items.reduce((sum, x) => sum + BigInt(x.price ?? 0) * BigInt(x.quantity ?? 0), 0n);
