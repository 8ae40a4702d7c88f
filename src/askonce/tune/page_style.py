"""The style of a measurement's page, in the page itself: light or dark as the reader's system is."""

STYLE = """
:root { color-scheme: light dark; --ground: #fbfaf8; --card: #fff; --ink: #1d2026; --quiet: #667080;
  --rule: #e3e1dc; --cosine: #8a8f98; --rules: #c07a00; --model: #1f6feb; --same: #1a7f4b; --other: #c4382f;
  --mark: #ffe9a8; }
@media (prefers-color-scheme: dark) { :root { --ground: #14161a; --card: #1c1f25; --ink: #e6e8eb;
  --quiet: #98a1ae; --rule: #31353d; --cosine: #9aa1ab; --rules: #e0a030; --model: #6ea8ff; --same: #43c0bd;
  --other: #ff8a57; --mark: #5a4a12; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--ground);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.3rem; margin: 3rem 0 .25rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; } p { margin: .25rem 0; max-width: 60rem; }
.quiet { color: var(--quiet); }
.warning { color: var(--other); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem;
  margin: 1rem 0; }
figure { margin: 0; padding: .75rem; background: var(--card); border: 1px solid var(--rule);
  border-radius: 8px; }
figcaption { font-size: .85rem; color: var(--quiet); }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--quiet); }
.rule { stroke: var(--rule); } .line { fill: none; stroke-width: 2; } .dot { stroke: var(--card); }
.line.cosine { stroke: var(--cosine); } .line.rules { stroke: var(--rules); }
.line.model { stroke: var(--model); }
.dot.cosine, .bar.cosine { fill: var(--cosine); } .dot.rules { fill: var(--rules); }
.dot.model { fill: var(--model); } .bar.same { fill: var(--same); } .bar.other { fill: var(--other); }
.key::before { content: ""; display: inline-block; width: .7em; height: .7em; margin: 0 .35em 0 .8em;
  border-radius: 2px; background: currentColor; }
.key.cosine { color: var(--cosine); } .key.rules { color: var(--rules); } .key.model { color: var(--model); }
.key.same { color: var(--same); } .key.other { color: var(--other); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: var(--card); font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .75rem; border: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th { font-weight: 600; color: var(--quiet); } th:first-child, td:first-child { text-align: left; }
ol { padding-left: 1.5rem; } li { margin: 0 0 .8rem; overflow-wrap: anywhere; }
li p { margin: 0; } mark { background: var(--mark); color: inherit; border-radius: 2px; }
"""
