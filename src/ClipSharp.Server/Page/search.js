// Pictures of the index for words and pictures, as a person types.

import { fileVector, isAborted, json, storedPicture, textVector, toBase64 } from "./api.js";
import { takeFiles } from "./files.js";
import { Grid } from "./grid.js";
import { line, parse, sum, written } from "./query.js";
import { startViewer } from "./viewer.js";

const delay = 200; // between the last key and the question
const deepest = 100_000; // the server's limit unless told otherwise

export function startSearch({ tell, pictures, toNaming }) {
  const view = document.getElementById("search-view");
  const words = document.getElementById("words");
  const chips = document.getElementById("chips");
  const filter = document.getElementById("filter");
  const least = document.getElementById("min-score");
  const found = document.getElementById("found");
  if (pictures === null) {
    document.getElementById("no-index").hidden = false;
    for (const id of ["search-form", "search-hint", "filters"]) document.getElementById(id).hidden = true;
    return;
  }

  const terms = []; // kept as chips; what is being typed comes on top
  let timer = 0;
  let asked = new AbortController();

  const viewer = startViewer({
    tell,
    search: picture => replace([stored(picture, 1)]),
    add: (picture, weight) => replace([...terms, stored(picture, weight)]),
    name: toNaming,
    closed: () => grid.focus(),
  });
  const grid = new Grid(document.getElementById("grid"), viewer.open, tell);

  const stored = (picture, weight) => ({ weight, label: picture.key.split("/").at(-1), vector: signal => storedPicture(picture.id, signal).then(reply => reply.vector) });
  const word = ({ weight, text }) => ({ weight, text, vector: signal => textVector(text, signal) });

  function replace(wanted) {
    terms.splice(0, terms.length, ...wanted);
    words.value = "";
    drawChips();
    scrollTo({ top: 0 });
    now();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(now, delay);
  }

  async function now() {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const all = [...terms, ...parse(words.value).map(word)];
    if (!view.hidden) history.replaceState(null, "", all.some(each => each.text) ? `#search?q=${encodeURIComponent(line(all))}` : "#search");
    const conditions = filter.value.split(";").map(text => text.trim()).filter(text => text);
    const score = all.length > 0 && least.value !== "" ? Number(least.value) : undefined;
    view.setAttribute("aria-busy", "true");
    try {
      const vector = all.length > 0 ? toBase64(sum(all, await Promise.all(all.map(each => each.vector(signal))))) : null;
      if (signal.aborted) return;
      const isWhole = conditions.length === 0 && score === undefined;
      const total = isWhole ? Math.min(pictures, deepest) : null;
      const first = await grid.show((skip, top, stop) => page(vector, conditions, score, skip, top, stop), total);
      tell(null);
      found.textContent = first === 0 ? (isWhole ? "The index is empty." : "Nothing found: loosen the filters or the least score.")
        : all.length === 0 ? "All pictures, as they were indexed."
        : isWhole ? `Best first${pictures > deepest ? `, the first ${deepest.toLocaleString("en")}` : ""}; the number is the score.`
        : "Best first, of those that fit the filters.";
    } catch (fault) {
      if (!isAborted(fault)) tell(fault, fault.status === 400 ? null : now);
    } finally {
      if (!signal.aborted) view.removeAttribute("aria-busy");
    }
  }

  async function page(vector, conditions, score, skip, top, signal) {
    if (vector) {
      return (await json("v1/search", { body: { vector, top: Math.min(top, deepest - skip), skip, min_score: score, filter: conditions }, signal })).results;
    }

    const query = new URLSearchParams([["top", top], ["skip", skip], ...conditions.map(each => ["filter", each])]);
    return (await json(`v1/pictures?${query}`, { signal })).results;
  }

  function drawChips() {
    chips.replaceChildren(...terms.map((each, number) => {
      const chip = document.createElement("li");
      chip.className = each.weight < 0 ? "chip less" : "chip";
      const name = each.label ?? written(each);
      const sign = document.createElement("button");
      sign.type = "button";
      sign.textContent = each.weight < 0 ? "−" : "+";
      sign.setAttribute("aria-label", each.weight < 0 ? `${name} is taken away: add it` : `${name} is added: take it away`);
      sign.addEventListener("click", () => {
        each.weight = -each.weight;
        drawChips();
        chips.children[number].querySelector("button").focus();
        now();
      });
      const text = document.createElement("span");
      text.textContent = name;
      const away = document.createElement("button");
      away.type = "button";
      away.textContent = "×";
      away.setAttribute("aria-label", `Remove ${name}`);
      away.addEventListener("click", () => {
        terms.splice(number, 1);
        drawChips();
        words.focus();
        now();
      });
      chip.append(sign, text, away);
      return chip;
    }));
    words.placeholder = terms.length > 0 ? "and …" : "two dogs on snow";
  }

  function keep() {
    const typed = parse(words.value);
    if (typed.length === 0) return;
    terms.push(...typed.map(word));
    words.value = "";
    drawChips();
    now();
  }

  document.getElementById("search-form").addEventListener("submit", event => {
    event.preventDefault();
    keep();
  });
  words.addEventListener("input", soon);
  words.addEventListener("keydown", event => {
    if (event.key === "Backspace" && words.value === "" && terms.length > 0) {
      terms.pop();
      drawChips();
      now();
    }
  });
  filter.addEventListener("input", soon);
  least.addEventListener("input", soon);
  takeFiles(view, document.getElementById("search-file"), files => {
    terms.push(...files.map(file => {
      let vector = null; // encoded once, however often it is searched with
      return { weight: 1, label: file.name || "pasted picture", vector: () => vector ??= fileVector(file).catch(fault => {
        vector = null;
        throw fault;
      }) };
    }));
    drawChips();
    now();
  }, text => tell(new Error(text)));

  let isBegun = false;
  document.addEventListener("view", event => {
    if (event.detail !== "search") return;
    words.focus({ preventScroll: true });
    if (!isBegun) now();
    isBegun = true;
  });
  const typed = new URLSearchParams(location.hash.split("?")[1] ?? "").get("q");
  terms.push(...parse(typed ?? "").map(word));
  drawChips();
}
