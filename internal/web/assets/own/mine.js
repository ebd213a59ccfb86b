// The page of a person's own records: reads what this browser keeps, asks the
// register how far each has come, and lets the person forget.
import { read, send, tell } from "./entry.js";
import { get, list, put, remove } from "./keys.js";
import { save } from "./save.js";
import { copy, when, word } from "./words.js";

const shown = (box, any) => { box.querySelector("[data-empty]").hidden = any; };

/** A button that acts on its second press; sure names what it asks. */
function twice(button, sure, act) {
  button.addEventListener("click", () => {
    if (button.dataset.sure) return act();
    button.dataset.sure = "yes";
    button.textContent = word(sure);
  });
}

/** How far the node says a receipt has come; the receipt itself proves it elsewhere. */
function stageOf(receipt, register) {
  if (!receipt) return "unsent";
  const index = /^index (\d+)$/m.exec(receipt.proof ?? "")?.[1];
  if (index === undefined) return "promised";
  if (Number(index) < register?.durable) return "durable";
  return Number(index) < register?.cosigned ? "cosigned" : "logged";
}

const contributed = kind => kind === "participation/comment" || kind === "participation/idea";
const register = read("/validators");

async function became(id) {
  const c = await read("/contributions/" + id);
  if (!c) return "";
  if (c.responses?.length) return word("answered");
  if (c.moved?.length) return word("moved");
  return word(c.owed ? "waiting" : "nothing");
}

/** Asks for the receipt as it has grown, and keeps it. */
async function refresh(record) {
  const receipt = await read("/entries/" + record.id + "/receipt");
  if (!receipt || !await get("records", record.id)) return record; // forgotten meanwhile
  const grown = { ...record, receipt };
  delete grown.submission;
  await put("records", grown);
  return grown;
}

const records = document.getElementById("pub-records");
const sent = (await list("records")).sort((a, b) => b.sent - a.sent);
shown(records, sent.length > 0);
for (let record of sent) {
  const node = copy("pub-record", { title: record.title || word("untitled"), docket: record.docketTitle || word("desk") });
  const slot = name => node.querySelector(`[data-slot="${name}"]`);
  const act = name => node.querySelector(`[data-act="${name}"]`);
  const draw = async () => {
    slot("stage").textContent = word(stageOf(record.receipt, await register));
    act("again").hidden = !record.submission;
    act("receipt").hidden = !record.receipt;
  };
  slot("title").href = (record.receipt && contributed(record.kind) ? "/contribution/" : "/entry/") + record.id;
  when(slot("when"), record.sent);
  draw();
  act("receipt").addEventListener("click", () => save("receipt-" + record.id.slice(0, 8) + ".json", JSON.stringify(record.receipt), "application/json"));
  act("again").addEventListener("click", async event => {
    const { submission, id, ...note } = record;
    const button = event.currentTarget;
    button.disabled = true;
    slot("became").textContent = word("sending");
    try {
      record = { ...record, receipt: await send({ id, submission }, note) };
      slot("became").textContent = "";
    } catch (err) {
      await put("records", record).catch(() => undefined); // what the rules refuse may still be read here
      tell(slot("became"), err);
    }
    button.disabled = false;
    draw();
  });
  twice(act("forget"), record.secrets ? "surebid" : "sure", async () => {
    await remove("records", record.id);
    node.remove();
    shown(records, records.querySelector("article") !== null);
  });
  records.append(node);
  refresh(record).then(async grown => {
    record = grown;
    draw();
    if (record.receipt && contributed(record.kind)) slot("became").textContent = await became(record.id);
  });
}

const keys = document.getElementById("pub-keylist");
const kept = (await list("keys")).sort((a, b) => b.made - a.made);
const titles = new Map(sent.map(r => [r.docket, r.docketTitle]));
shown(keys, kept.length > 0);
for (const key of kept) {
  const node = copy("pub-key", { sort: word(key.sort), docket: key.docket ? titles.get(key.docket) ?? "" : word("desk"), id: key.id });
  when(node.querySelector("[data-slot=when]"), key.made);
  twice(node.querySelector("[data-act=forget]"), key.sort === "bid" ? "surebid" : "sure", async () => {
    await remove("keys", key.id);
    node.remove();
    shown(keys, keys.querySelector("article") !== null);
  });
  keys.append(node);
}
