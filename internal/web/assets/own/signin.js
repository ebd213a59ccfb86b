// Signs in to the staff desk: a key of this browser, or a passkey, signs the
// challenge of the page, and the form carries the signature.
import { able, base64, list, newGuestKey, newPasskey, passkeysWork, put, fingerprint, sign } from "./keys.js";
import { word } from "./words.js";

const { register, passkeys, title } = document.documentElement.dataset;
const form = document.getElementById("pub-signin");
const refused = document.getElementById("pub-refused");
const url64 = bytes => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes64 = s => Uint8Array.from(atob(s), c => c.charCodeAt(0));

const say = message => {
  refused.textContent = message;
  refused.hidden = false;
};

async function enter(key) {
  refused.hidden = true;
  try {
    const signature = await sign(key, register, new TextEncoder().encode(`publica sign-in v1\n${register}\n${form.dataset.challenge}`));
    form.elements.signature.value = JSON.stringify(signature);
    if (key.credential) form.elements.credential.value = url64(key.credential);
    form.submit();
  } catch (err) {
    if (err.name !== "NotAllowedError" && err.name !== "AbortError") throw err;
    say(word("cancelled"));
  }
}

const box = document.getElementById("pub-have");
function offer(key) {
  const li = document.getElementById("pub-key").content.firstElementChild.cloneNode(true);
  const button = li.querySelector("[data-slot=use]");
  button.textContent = word(key.sort);
  button.addEventListener("click", () => enter(key));
  li.querySelector("[data-slot=id]").textContent = key.id;
  box.querySelector("ul").append(li);
  box.hidden = false;
  return button;
}

/** A passkey that this browser has not seen: the node knows its public key. */
async function find() {
  refused.hidden = true;
  let got;
  try {
    got = await navigator.credentials.get({ publicKey: { challenge: crypto.getRandomValues(new Uint8Array(32)), rpId: passkeys, userVerification: "preferred" } });
  } catch {
    return say(word("cancelled"));
  }
  const credential = new Uint8Array(got.rawId);
  const answer = await fetch("/desk/passkey", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ credential: url64(credential) }) });
  if (!answer.ok) return say(word("unknown"));
  const { alg, key: public64 } = await answer.json();
  const key = bytes64(public64);
  const kept = { id: await fingerprint(alg, key), sort: "passkey", alg, key, credential, rp: passkeys, docket: "", made: Date.now() };
  await put("keys", kept);
  await enter(kept);
}

if (able()) {
  const works = passkeysWork(passkeys);
  // Keys made for a docket stay with it: here they would show who is behind them.
  for (const key of (await list("keys")).filter(k => !k.docket).sort((a, b) => b.made - a.made)) offer(key);
  document.getElementById("pub-passkeys").hidden = !works;
  document.getElementById("pub-new").hidden = false;
  form.querySelector("[data-act=find]").addEventListener("click", find);
  const passkey = form.querySelector("[data-act=passkey]");
  passkey.hidden = !works;
  passkey.addEventListener("click", async () => {
    try {
      offer(await newPasskey(passkeys, title, "")).focus();
    } catch {
      say(word("cancelled"));
    }
  });
  form.querySelector("[data-act=guest]").addEventListener("click", async () => offer(await newGuestKey("")).focus());
}
