// The page: what is known is drawn, and drawn again whenever it changes.

import { drawLab } from "./lab.js";
import { drawModal } from "./modal.js";
import { drawSide } from "./side.js";
import { follow, onChange } from "./state.js";
import { drawTalk } from "./talk.js";

// The address after # tells what is shown, so this link moves the focus only.
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  (document.getElementById("write") ?? document.getElementById("talk")).focus();
});
for (const draw of [drawTalk, drawSide, drawModal, drawLab]) onChange(draw);
follow();
