// The page that is a receipt: checks itself with what is inside it, and shows
// what it proves. It asks nothing of anyone.
import { receiptVerdict, refusal } from "./verdict.js";
import { verifyReceipt } from "../verifier/verifier.js";

const inside = id => document.getElementById(id).textContent;
const result = document.getElementById("result");
try {
  result.replaceChildren(...receiptVerdict(await verifyReceipt(inside("receipt"), inside("policy"))));
  document.body.dataset.state = "verified";
} catch (err) {
  result.replaceChildren(...refusal(err));
  document.body.dataset.state = "refused";
}
