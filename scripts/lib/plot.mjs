/** What the plots of the README have in common: they read on light and on dark pages, and without colours. */

/** Text, grid, and the lines `c0` to `c3`; `light` and `dark` are rules of the plot's own. */
export function style(light = '', dark = '') {
  return `text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ccc}.away{fill:#8884}
path{fill:none;stroke-width:2;stroke-linejoin:round}.c0{stroke:#0b6bcb}.c1{stroke:#b3541e;stroke-dasharray:7 3}
.c2{stroke:#8a3ffc;stroke-dasharray:2 3}.c3{stroke:#4d7c0f;stroke-dasharray:10 3 2 3}${light}
@media (prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#555}.c0{stroke:#6cb6ff}.c1{stroke:#f0a070}.c2{stroke:#c8a2ff}.c3{stroke:#a3d65c}${dark}}`;
}
