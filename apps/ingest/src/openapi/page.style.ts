/** Of the page of the API, in light and in dark as the reader's system has it. */
export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --dim: light-dark(#59636e, #9198a1);
  --back: light-dark(#fff, #0d1117); --raised: light-dark(#f6f8fa, #151b23); --text: light-dark(#1f2328, #f0f6fc);
  --link: light-dark(#0550ae, #79c0ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0; background: var(--back); padding: .25rem .5rem; }
h1 { margin: .5rem 0; } h1 small { color: var(--dim); font-weight: normal; font-size: 1rem; }
h2 { margin: 2rem 0 .5rem; } h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; scroll-margin-top: 1rem; }
summary { cursor: pointer; padding: .45rem .75rem; overflow-wrap: anywhere; }
summary span { color: var(--dim); }
details[open] > summary { border-bottom: 1px solid var(--line); background: var(--raised); }
.route { padding: .25rem .75rem .75rem; }
summary b { display: inline-block; min-width: 4.2rem; font-family: ui-monospace, monospace; }
.get { color: light-dark(#0550ae, #79c0ff); } .post { color: light-dark(#116329, #7ee787); }
.put { color: light-dark(#7d4e00, #e3b341); } .delete { color: light-dark(#a40e26, #ff7b72); }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; margin: .4rem 0;
  overflow-x: auto; }
details > pre { margin: .75rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1rem; margin: 0; }
dt { font-family: ui-monospace, monospace; } dd { margin: 0; }
.s2 { color: light-dark(#116329, #7ee787); } .s4, .s5 { color: light-dark(#a40e26, #ff7b72); }
@media (max-width: 34rem) { dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin: 0 0 .5rem; } }
`;
