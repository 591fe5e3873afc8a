// What anywidget calls: one board for each place where the widget is shown.

import { mount } from "./board.js";
import { liveHost } from "./host.js";

export default { render: ({ model, el }) => mount(liveHost(model), el) };
