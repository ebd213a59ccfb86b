// The text of a draft: whoever selects words of a section comments on these
// words. Without this script one comments on the section as a whole.

// letters keeps what a person sees of a text however it is marked up: letters
// and digits, each with the code point it has in the text.
const letters = text => [...text].map((c, at) => [c, at]).filter(([c]) => /[\p{L}\p{N}]/u.test(c));

// bare blanks out what of a Markdown text is not shown: addresses of links and
// numbers of lists.
const bare = source => source
  .replace(/\]\([^)]*\)/g, m => m.replace(/\S/gu, " "))
  .replace(/^(\s*)\d+([.)])/gm, (m, space) => space + " ".repeat(m.length - space.length));

const seen = fragment => {
  for (const ref of fragment.querySelectorAll("sup.pub-quoted__ref")) ref.remove();
  return letters(fragment.textContent).map(([c]) => c).join("");
};

// find returns which code points of a section's source a selection covers.
const find = (source, before, chosen) => {
  const all = letters(bare(source));
  const flat = all.map(([c]) => c).join("");
  const index = text => [...text].length;
  let at = flat.startsWith(before + chosen) ? index(before) : -1;
  if (at < 0) {
    const first = flat.indexOf(chosen);
    if (first < 0 || flat.indexOf(chosen, first + 1) >= 0) return null; // nowhere, or no telling where
    at = index(flat.slice(0, first));
  }
  return [all[at][1], all[at + index(chosen) - 1][1] + 1];
};

const main = document.getElementById("pub-draft-text");
let sources;
const load = () => sources ??= fetch(main.dataset.source, { headers: { Accept: "application/json" } })
  .then(r => r.ok ? r.json() : { text: [] }, () => ({ text: [] }))
  .then(d => new Map(d.text.map(s => [s.section, s.text])));

const choose = async () => {
  const selection = getSelection();
  const range = selection.rangeCount ? selection.getRangeAt(0) : null;
  for (const section of main.querySelectorAll("[data-quote]")) {
    const text = section.querySelector(".pub-text");
    const link = section.querySelector("[data-link]");
    if (!link || !text) continue;
    const whole = new URL(link.href);
    whole.searchParams.delete("range");
    link.dataset.whole ??= link.textContent;
    let found = null;
    if (range && !range.collapsed && text.contains(range.startContainer) && text.contains(range.endContainer)) {
      const before = document.createRange();
      before.setStart(text, 0);
      before.setEnd(range.startContainer, range.startOffset);
      const chosen = seen(range.cloneContents());
      const source = (await load()).get(section.dataset.quote);
      if (chosen && source) found = find(source, seen(before.cloneContents()), chosen);
    }
    if (found) whole.searchParams.set("range", found.join("-"));
    link.href = whole;
    link.textContent = found ? link.dataset.selected : link.dataset.whole;
  }
};

let later;
document.addEventListener("selectionchange", () => {
  clearTimeout(later);
  later = setTimeout(choose, 150);
});
