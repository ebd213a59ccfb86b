// Checks receipts and exports in the browser, trusting the node with nothing but
// this program: on a record's page its own receipt, on the page to verify any
// file.
import { judge } from "./verdict.js";

const here = document.getElementById("pub-judged");

/** Shows the verdict on a file under a policy. */
async function show(file, policy, bar) {
  if (bar) bar.hidden = false;
  here.replaceChildren(...await judge(file, policy, share => {
    if (bar) bar.value = share;
  }));
  if (bar) bar.hidden = true;
}

const button = document.getElementById("pub-check");
if (button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await show(await (await fetch(button.dataset.receipt)).blob(), button.dataset.policy);
    } finally {
      button.disabled = false;
    }
  });
}

const form = document.getElementById("pub-drop");
if (form) {
  form.hidden = false;
  const { file, policy } = form.elements;
  const bar = form.querySelector("progress");
  let last;
  const take = given => {
    last = given;
    if (last) show(last, policy.value, bar);
  };
  file.addEventListener("change", () => take(file.files[0]));
  policy.addEventListener("change", () => take(last));
  form.addEventListener("submit", event => event.preventDefault());
  for (const name of ["dragover", "drop"]) {
    form.addEventListener(name, event => {
      event.preventDefault();
      if (name === "drop") take(event.dataTransfer.files[0] ?? new Blob([event.dataTransfer.getData("text")]));
    });
  }
  const scanned = () => location.hash.startsWith("#PUBLICA") && take(new Blob([location.hash]));
  addEventListener("hashchange", scanned);
  scanned();
}
