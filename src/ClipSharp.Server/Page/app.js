// The frame of the page: which view is shown, what is served, what went wrong.

import { json, onKeyWanted, Problem } from "./api.js";
import { startNaming } from "./naming.js";
import { startSearch } from "./search.js";

const views = ["search", "name"];
const element = id => document.getElementById(id);
let again = null;

/** Shows what went wrong, with a way to try again; null takes it away. */
function tell(fault, retry) {
  again = retry ?? null;
  const box = element("trouble");
  box.hidden = !fault;
  box.querySelector("p").textContent = fault?.message ?? "";
  box.querySelector("button").hidden = !again;
}

function show(view) {
  for (const name of views) {
    element(`${name}-view`).hidden = name !== view;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }

  document.title = view === "name" ? "Name pictures · ClipSharp" : "Find pictures · ClipSharp";
  document.dispatchEvent(new CustomEvent("view", { detail: view }));
}

const viewOfAddress = fallback => views.find(name => location.hash.split("?")[0] === `#${name}`) ?? fallback;

function askForKey() {
  const dialog = element("key");
  const value = element("key-value");
  value.value = "";
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener("close", () => resolve(value.value.trim()), { once: true }));
}

// One dialog for all requests that meet a closed door at once.
let asking = null;
onKeyWanted(() => asking ??= askForKey().finally(() => asking = null));

async function begin() {
  tell(null);
  element("served").textContent = "Asking the server …";
  let model;
  try {
    model = (await json("v1/models")).data[0];
  } catch (fault) {
    element("served").textContent = "";
    const isLoading = fault instanceof Problem && fault.status === 503;
    tell(isLoading ? new Problem(503, "The model is still being loaded.") : fault, begin);
    if (isLoading) setTimeout(() => again === begin && begin(), 2000);
    return;
  }

  const hasIndex = model.pictures != null;
  element("served").textContent = model.id + (hasIndex ? ` · ${model.pictures.toLocaleString("en")} pictures` : "");
  const naming = startNaming({ tell });
  startSearch({ tell, pictures: model.pictures ?? null, toNaming: picture => {
    location.hash = "#name";
    naming.addStored(picture);
  } });
  const fallback = hasIndex ? "search" : "name";
  addEventListener("hashchange", () => show(viewOfAddress(fallback)));
  show(viewOfAddress(fallback));
}

element("trouble").querySelector("button").addEventListener("click", () => again?.());
begin();
