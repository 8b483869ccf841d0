// Pictures that a person drops, pastes or chooses.

const isPicture = file => file.type.startsWith("image/") || /\.(jpe?g|png|gif|webp|bmp)$/i.test(file.name);

/** Calls back with the pictures that come in while a view is shown. Whatever is no picture is named, not passed over. */
export function takeFiles(view, input, take, refuse) {
  const isShown = () => !view.hidden && !document.querySelector("dialog[open]");
  const handIn = list => {
    const files = [...list];
    const pictures = files.filter(isPicture);
    const others = files.filter(file => !isPicture(file));
    if (others.length > 0) refuse(`Not a picture: ${others.map(file => file.name).join(", ")}`);
    if (pictures.length > 0) take(pictures);
  };

  input.addEventListener("change", () => {
    handIn(input.files);
    input.value = "";
  });
  addEventListener("paste", event => {
    if (isShown() && event.clipboardData?.files.length) {
      event.preventDefault();
      handIn(event.clipboardData.files);
    }
  });
  addEventListener("dragover", event => {
    if (isShown() && event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      document.body.classList.add("dragging");
    }
  });
  addEventListener("dragleave", event => {
    if (!event.relatedTarget) document.body.classList.remove("dragging");
  });
  addEventListener("drop", event => {
    if (!isShown()) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    handIn(event.dataTransfer?.files ?? []);
  });
}
