// Files that go with an entry: its parts attachment-1, attachment-2 and so on.
import { Refusal } from "./entry.js";

const mostBytes = 10e6; // in all: with the text they fit into what a node takes at once

/** The media type that a browser says of a file, if it is one. */
export const mediaOf = f => (/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(f.type) ? f.type : "application/octet-stream");

/** A file as a part of an entry, attachment-n. */
export const attachment = async (f, n, media = mediaOf(f)) => ({ name: "attachment-" + n, media, data: new Uint8Array(await f.arrayBuffer()) });

/**
 * The parts that the files of an input make: {name, media, data}. Its data-most says
 * how many there may be, data-first the number of the first, data-refused what is said
 * of more. None if there is no input.
 */
export async function attachments(input) {
  const files = [...input?.files ?? []];
  if (files.length === 0) return [];
  const { most, first, refused } = input.dataset;
  if (files.length > Number(most) || files.reduce((n, f) => n + f.size, 0) > mostBytes) throw new Refusal({ message: refused });
  return Promise.all(files.map((f, i) => attachment(f, Number(first) + i)));
}
