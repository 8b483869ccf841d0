// Names for pictures: each picture is encoded once, then only the names travel, while a person types.

import { fileVector, imageUrl, isAborted, json, showImage, storedPicture, toBase64 } from "./api.js";
import { takeFiles } from "./files.js";

const delay = 150; // between the last key and the question
const mostBars = 8;
const mostPictures = 32;

export function startNaming({ tell }) {
  const list = document.getElementById("pictures");
  const labels = document.getElementById("labels");
  const template = document.getElementById("template");
  const status = document.getElementById("named");
  const cards = new Set();
  let timer = 0;
  let asked = new AbortController();

  const names = () => [...new Set(labels.value.split("\n").map(line => line.trim()).filter(line => line))];

  function soon() {
    clearTimeout(timer);
    asked.abort();
    timer = setTimeout(ask, delay);
  }

  async function ask() {
    const known = [...cards].filter(card => card.vector);
    const wanted = names();
    if (known.length === 0 || wanted.length === 0) {
      known.forEach(card => showBars(card, []));
      status.textContent = known.length > 0 ? "Type names: two or more compare." : "";
      return;
    }

    asked = new AbortController();
    try {
      const reply = await json("v1/zero-shot", {
        body: { vectors: known.map(card => toBase64(card.vector)), labels: wanted, templates: [template.value.trim() || "{}"] },
        signal: asked.signal,
      });
      tell(null);
      known.forEach((card, i) => showBars(card, inOrder(reply.results[i].predictions, wanted)));
      status.textContent = `${known.length === 1 ? "1 picture" : `${known.length} pictures`}, ${wanted.length === 1 ? "1 name" : `${wanted.length} names`}`;
    } catch (fault) {
      if (!isAborted(fault)) tell(fault, fault.status === 400 ? null : ask);
    }
  }

  // Few names stay where they were typed, so that their bars move and not they; of many the likeliest are shown.
  function inOrder(predictions, wanted) {
    const best = predictions[0]?.label;
    const shown = wanted.length <= mostBars
      ? wanted.map(name => predictions.find(each => each.label === name)).filter(each => each)
      : predictions.slice(0, mostBars);
    return shown.map(each => ({ ...each, isBest: each.label === best }));
  }

  function showBars(card, predictions) {
    const bars = card.bars;
    while (bars.children.length > predictions.length) bars.lastChild.remove();
    predictions.forEach(({ label, probability, isBest }, i) => {
      const bar = bars.children[i] ?? bars.appendChild(newBar());
      const percent = `${(100 * probability).toFixed(1)} %`;
      bar.classList.toggle("best", isBest);
      bar.querySelector("span").textContent = label;
      bar.querySelector("b").textContent = percent;
      bar.querySelector("i").style.width = `${100 * probability}%`;
    });
  }

  function newBar() {
    const bar = document.createElement("li");
    bar.append(document.createElement("span"), document.createElement("b"));
    const track = document.createElement("div");
    track.className = "bar";
    track.append(document.createElement("i"));
    bar.append(track);
    return bar;
  }

  function newCard(name) {
    const item = document.createElement("li");
    item.className = "card named";
    const picture = document.createElement("img");
    picture.alt = name;
    const title = document.createElement("h2");
    title.textContent = name;
    const note = document.createElement("p");
    note.className = "soft";
    note.textContent = "Looking …";
    const bars = document.createElement("ol");
    bars.className = "bars";
    bars.setAttribute("aria-label", `Names for ${name}`);
    const away = document.createElement("button");
    away.type = "button";
    away.className = "close";
    away.textContent = "×";
    away.setAttribute("aria-label", `Remove ${name}`);
    item.append(picture, title, note, bars, away);
    const card = { item, picture, note, bars, vector: null };
    away.addEventListener("click", () => {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      URL.revokeObjectURL(picture.src);
      cards.delete(card);
      item.remove();
      (next?.querySelector("button") ?? document.getElementById("name-file")).focus();
      soon();
    });
    cards.add(card);
    list.prepend(item);
    return card;
  }

  // load: gives what the card shows and the vector.
  async function add(name, load) {
    if (cards.size >= mostPictures) {
      tell(new Error(`${mostPictures} pictures are named at once: remove some first.`));
      return;
    }

    const card = newCard(name);
    try {
      const { url, vector } = await load();
      showImage(card.picture, url);
      card.vector = await vector;
      card.note.remove();
      soon();
    } catch (fault) {
      card.note.textContent = fault.message;
      card.note.classList.add("fault");
      cards.delete(card);
    }
  }

  labels.addEventListener("input", soon);
  template.addEventListener("input", soon);
  takeFiles(document.getElementById("name-view"), document.getElementById("name-file"),
    files => files.forEach(file => add(file.name || "pasted picture", async () => ({ url: URL.createObjectURL(file), vector: fileVector(file) }))),
    text => tell(new Error(text)));

  return {
    addStored: picture => add(picture.key, async () => ({
      url: await imageUrl(picture, 512), vector: storedPicture(picture.id).then(stored => stored.vector),
    })),
  };
}
