// Runs the rules of a tender in this browser, by the same program as nodes and
// auditors, compiled for browsers. It is large, and loaded when it is first asked for.
import "../rules/start.js";

let ready;

/** Starts the program once; a failure may be tried again. */
async function start() {
  const go = new globalThis.Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(new URL("../rules/compliance.wasm", import.meta.url)), go.importObject);
  go.run(instance); // it sets publicaJudge, and waits
}

/** Judges an input (an object): {result} or {problem}. rules is the text of the set, "" for the one that every program has; pinned is the hash that it must have. */
export async function judge(rules, pinned, input) {
  ready ??= start();
  try {
    await ready;
  } catch (err) {
    ready = undefined;
    throw err;
  }
  return JSON.parse(globalThis.publicaJudge(rules, pinned, JSON.stringify(input)));
}
