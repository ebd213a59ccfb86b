// The page of a person's own records: reads what this browser keeps, asks the
// register how far each has come, and lets the person forget.
import { send } from "./entry.js";
import { list, put, remove } from "./keys.js";
import { copy, when, word } from "./words.js";

const shown = (box, any) => { box.querySelector("[data-empty]").hidden = any; };

/** A button that acts on its second press. */
function twice(button, act) {
  button.addEventListener("click", () => {
    if (button.dataset.sure) return act();
    button.dataset.sure = "yes";
    button.textContent = word("sure");
  });
}

function stageOf(receipt) {
  if (!receipt) return "unsent";
  if (receipt.holds?.length) return "durable";
  return receipt.proof ? "logged" : "promised";
}

async function became(id) {
  const answer = await fetch("/api/v1/contributions/" + id);
  if (!answer.ok) return "";
  const c = await answer.json();
  if (c.responses?.length) return word("answered");
  if (c.moved?.length) return word("moved");
  return word(c.owed ? "waiting" : "nothing");
}

function save(name, value) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([JSON.stringify(value)], { type: "application/json" }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

/** Asks for the receipt as it has grown, and keeps it. */
async function refresh(record) {
  const answer = await fetch("/api/v1/entries/" + record.id + "/receipt").catch(() => null);
  if (!answer?.ok) return record;
  const grown = { ...record, receipt: await answer.json() };
  delete grown.submission;
  await put("records", grown);
  return grown;
}

const records = document.getElementById("pub-records");
const sent = (await list("records")).sort((a, b) => b.sent - a.sent);
shown(records, sent.length > 0);
for (let record of sent) {
  const node = copy("pub-record", { title: record.title || word("untitled"), docket: record.docketTitle ?? "" });
  const slot = name => node.querySelector(`[data-slot="${name}"]`);
  const act = name => node.querySelector(`[data-act="${name}"]`);
  const draw = () => {
    slot("stage").textContent = word(stageOf(record.receipt));
    act("again").hidden = Boolean(record.receipt);
    act("receipt").hidden = !record.receipt;
  };
  slot("title").href = "/contribution/" + record.id;
  when(slot("when"), record.sent);
  draw();
  act("receipt").addEventListener("click", () => save("receipt-" + record.id.slice(0, 8) + ".json", record.receipt));
  act("again").addEventListener("click", async () => {
    const { submission, id, ...note } = record;
    record = { ...record, receipt: await send({ id, submission }, note) };
    draw();
  });
  twice(act("forget"), async () => {
    await remove("records", record.id);
    node.remove();
    shown(records, records.querySelector("article") !== null);
  });
  records.append(node);
  refresh(record).then(async grown => {
    record = grown;
    draw();
    slot("became").textContent = await became(record.id);
  });
}

const keys = document.getElementById("pub-keylist");
const kept = (await list("keys")).sort((a, b) => b.made - a.made);
const titles = new Map(sent.map(r => [r.docket, r.docketTitle]));
shown(keys, kept.length > 0);
for (const key of kept) {
  const node = copy("pub-key", { sort: word(key.sort), docket: titles.get(key.docket) ?? "", id: key.id });
  when(node.querySelector("[data-slot=when]"), key.made);
  twice(node.querySelector("[data-act=forget]"), async () => {
    await remove("keys", key.id);
    node.remove();
    shown(keys, keys.querySelector("article") !== null);
  });
  keys.append(node);
}
