// The page: what is known is drawn, and drawn again whenever it changes.

import { drawLab } from "./lab.js";
import { drawModal } from "./modal.js";
import { drawSide } from "./side.js";
import { follow, onChange } from "./state.js";
import { drawTalk } from "./talk.js";

for (const draw of [drawTalk, drawSide, drawModal, drawLab]) onChange(draw);
follow();
