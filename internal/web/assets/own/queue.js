// Ticks every contribution on a page of the queue at once.
const form = document.getElementById("pub-queue");
if (form) {
  const all = form.querySelector("[data-act=all]");
  all.parentElement.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...form.querySelectorAll("input[name=target]")];
    const on = !boxes.every(b => b.checked);
    for (const b of boxes) b.checked = on;
  });
}
