// What people do about a contribution on its page: its author takes it back, and
// whoever finds an act of moderation wrong appeals against it.
import { make, read, send, shown, tell, text, Refusal } from "./entry.js";
import { able, guestKeys, list, newGuestKey } from "./keys.js";
import { word } from "./words.js";

const { register } = document.documentElement.dataset;
const own = document.getElementById("pub-own");

async function act(form, work) {
  const status = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  button.disabled = true;
  status.textContent = word("sending");
  try {
    const refused = await work();
    if (refused) throw new Refusal(refused);
    location.reload();
  } catch (err) {
    tell(status, err);
    button.disabled = false;
  }
}

if (own && able()) {
  const { docket, title, target, name, author, work } = own.dataset;
  const keys = await list("keys");
  const mine = keys.find(k => k.id === author);
  const say = async (key, want) => {
    const made = await make(key, { register, docket, ...want });
    await send(made, { docket, docketTitle: title, kind: want.kind, title: name, key: key.id });
    return shown(made.id);
  };
  const withdraw = own.querySelector("[data-do=withdraw]");
  if (mine && withdraw) {
    withdraw.closest("details").hidden = false;
    withdraw.addEventListener("submit", event => {
      event.preventDefault();
      act(withdraw, async () => {
        const record = await read("/entries/" + target);
        if (!record) throw new TypeError("no answer");
        const erase = withdraw.elements.erase.checked || undefined;
        const reason = withdraw.elements.reason.value.trim();
        return say(mine, { kind: "participation/withdraw", body: { entry: record.leaf.entry, erase }, parts: reason ? [text("reason", "text/markdown", reason)] : [] });
      });
    });
  }
  for (const appeal of own.querySelectorAll("[data-do=appeal]")) {
    appeal.closest("details").hidden = false;
    appeal.addEventListener("submit", event => {
      event.preventDefault();
      act(appeal, async () => {
        const key = mine ?? (await guestKeys(docket))[0] ?? await newGuestKey(docket);
        return say(key, { kind: "moderation/appeal", body: { act: appeal.dataset.of }, parts: [text("text", "text/markdown", appeal.elements.words.value.trim())], work: Number(work) });
      });
    });
  }
  own.hidden = !own.querySelector("details:not([hidden])");
}
