// One picture of the index, large, with those that look like it.

import { imageUrl, isAborted, json, showImage } from "./api.js";

const largeSide = 1024;
const stripSide = 256;
const similarPictures = 16;
const element = id => document.getElementById(id);
const units = ["bytes", "KB", "MB", "GB"];

/** @param does what the buttons of the dialog do; `closed` is called when it is left */
export function startViewer({ tell, search, add, name, closed }) {
  const dialog = element("viewer");
  let shown = null;
  let stop = new AbortController();
  let urls = [];

  function clear() {
    stop.abort();
    stop = new AbortController();
    urls.forEach(url => URL.revokeObjectURL(url));
    urls = [];
    element("viewer-image").removeAttribute("src");
    element("viewer-similar").replaceChildren();
  }

  async function load(image, picture, side, signal) {
    try {
      const url = await imageUrl(picture, side, signal);
      urls.push(url);
      showImage(image, url);
    } catch (fault) {
      if (!isAborted(fault)) image.alt = fault.message;
    }
  }

  function open(picture) {
    clear();
    shown = picture;
    element("viewer-title").textContent = picture.key.split("/").at(-1);
    element("viewer-caption").textContent = picture.caption ?? "";
    const image = element("viewer-image");
    image.alt = picture.caption ?? picture.key;
    load(image, picture, largeSide, stop.signal);
    facts(picture);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTo({ top: 0 });
    similar(picture, stop.signal).catch(fault => !isAborted(fault) && tell(fault));
  }

  function facts(picture) {
    const rows = [["Key", picture.key], ["Changed", picture.modified.slice(0, 10)], ["Size", size(picture.bytes)]];
    if (picture.score) rows.unshift(["Score", picture.score.toFixed(3)]);
    element("viewer-facts").replaceChildren(...rows.map(([title, value]) => {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = title;
      text.textContent = value;
      row.append(term, text);
      return row;
    }));
  }

  async function similar(picture, signal) {
    const reply = await json("v1/search", { body: { similar_to: picture.id, top: similarPictures + 1 }, signal });
    const others = reply.results.filter(each => each.id !== picture.id).slice(0, similarPictures);
    element("viewer-similar").replaceChildren(...others.map(each => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `${each.caption ?? each.key}, score ${each.score.toFixed(3)}`);
      const image = document.createElement("img");
      image.alt = "";
      const score = document.createElement("span");
      score.className = "score";
      score.textContent = each.score.toFixed(3);
      button.append(image, score);
      button.addEventListener("click", () => {
        open(each);
        dialog.querySelector(".close").focus();
      });
      item.append(button);
      load(image, each, stripSide, signal);
      return item;
    }));
  }

  const actions = {
    "viewer-like": () => search(shown), "viewer-add": () => add(shown, 1), "viewer-take": () => add(shown, -1), "viewer-name": () => name(shown),
  };
  for (const [id, act] of Object.entries(actions)) {
    element(id).addEventListener("click", () => {
      dialog.close();
      act();
    });
  }

  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => event.target === dialog && dialog.close()); // beside the dialog
  dialog.addEventListener("close", () => {
    clear();
    closed();
  });
  return { open };
}

function size(bytes) {
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit++) bytes /= 1000;
  return `${unit === 0 ? bytes : bytes.toPrecision(3)} ${units[unit]}`;
}
