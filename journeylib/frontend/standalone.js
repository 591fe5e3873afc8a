// The saved page: the same board over what was prepared, without a kernel.

import { mount } from "./board.js";
import { storedHost } from "./stored.js";

const place = document.getElementById("journey-board");
const exhibit = JSON.parse(document.getElementById("journey-exhibit").textContent);
place.replaceChildren();
place.classList.add("journey-board-page");
mount(storedHost(exhibit), place);
