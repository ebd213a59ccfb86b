// Endorses a contribution with this browser's key of the docket, and takes it
// back. One endorsement stands for each person; the register counts keys.
import { make, send, tell } from "./entry.js";
import { able, guestKeys, list, newGuestKey, put, remove } from "./keys.js";
import { word } from "./words.js";

const { register } = document.documentElement.dataset;
const form = document.getElementById("pub-endorse");
if (form && able()) {
  const { docket, title, target, name, work } = form.dataset;
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  const mark = "endorsed " + target;
  let stands = (await list("drafts")).some(d => d.id === mark);
  const draw = () => { button.textContent = word(stands ? "unendorse" : "endorse"); };
  if (stands) status.textContent = word("endorsed");
  draw();
  form.hidden = false;
  form.addEventListener("submit", async event => {
    event.preventDefault();
    button.disabled = true;
    status.textContent = word("sending");
    try {
      const known = await guestKeys(docket);
      const key = known[0] ?? await newGuestKey(docket);
      const kind = stands ? "participation/unendorse" : "participation/endorse";
      await send(await make(key, { register, docket, kind, body: { target }, work: stands ? 0 : Number(work) }), { docket, docketTitle: title, kind, title: name, key: key.id });
      stands = !stands;
      await (stands ? put("drafts", { id: mark, at: Date.now() }) : remove("drafts", mark));
      status.textContent = word(stands ? "endorsed" : "unendorsed");
      draw();
    } catch (err) {
      tell(status, err);
    } finally {
      button.disabled = false;
    }
  });
}
