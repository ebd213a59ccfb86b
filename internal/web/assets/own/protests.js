// The protests to a tender that this browser's keys made: how each stands, and what
// whoever made it may do about it. The node is told nothing but what is signed.
import { act, drafted, on, partsOf, wanted } from "./acts.js";
import { list } from "./keys.js";
import { copy, when } from "./words.js";

async function draw(tender, protest) {
  const node = copy("pub-own-protest", { title: protest.title, status: protest.words, id: protest.id });
  const part = name => node.querySelector(`[data-slot="${name}"]`);
  part("title").href = "/entry/" + protest.id;
  part("told").href = `/docket/${tender.docket}/tender/bids#r-${protest.id}`;
  when(part("when"), Date.parse(protest.time));
  const step = node.querySelector("[data-step]");
  step.hidden = !protest.open;
  const said = step.querySelector("textarea");
  const { forget } = await drafted("step " + protest.id, [said]);
  for (const name of ["add", "withdraw"]) {
    on(step, name + "-protest", async () => {
      await act(tender, protest.author, "procurement/protest-step", { protest: protest.id, withdraw: name === "withdraw" || undefined }, await partsOf(step));
      await forget();
    }, () => wanted(said));
  }
  return node;
}

/** Lists in their section the protests whose keys this browser keeps. */
export async function showProtests() {
  const box = document.getElementById("pub-own-protests");
  const keys = new Set((await list("keys").catch(() => [])).map(k => k.id));
  const mine = JSON.parse(box.dataset.protests).filter(p => keys.has(p.author));
  box.hidden = mine.length === 0;
  box.append(...await Promise.all(mine.map(p => draw(box.dataset, p))));
}
