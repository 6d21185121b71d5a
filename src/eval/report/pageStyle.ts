/** Style of the page: light and dark, in a browser as in an editor, and readable on a telephone. */
export const STYLE = `
:root { color-scheme: light dark; --back: light-dark(#fff, #16181d); --text: light-dark(#1d2129, #e4e7ec);
	--soft: light-dark(#5b6472, #a2abb9); --rule: light-dark(#dfe3e8, #343a45); --card: light-dark(#f7f8fa, #1d2027);
	--s0: light-dark(#1f6fd0, #6aa9f7); --s1: light-dark(#b4540a, #f0a04b); --s2: light-dark(#0e7c5a, #4cc79c);
	--s3: light-dark(#8040c0, #c294f5); --s4: light-dark(#b3266b, #f387b6); }
body.vscode-dark, body.vscode-high-contrast { color-scheme: dark; }
body.vscode-light, body.vscode-high-contrast-light { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; background: var(--back); color: var(--text);
	font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .25rem; }
h3 { font-size: .95rem; margin: 0 0 .25rem; font-weight: 600; overflow-wrap: anywhere; }
p { margin: .25rem 0 .75rem; max-width: 46rem; } .soft, figcaption { color: var(--soft); }
ul { padding-left: 1.2rem; margin: .25rem 0; } li { overflow-wrap: anywhere; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem; align-items: start;
	margin-top: 1rem; }
figure { margin: 0; padding: .9rem; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; min-width: 0; }
svg { display: block; width: 100%; max-width: 32rem; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; } thead th.wraps { white-space: normal; min-width: 4.5rem; } tbody th { font-weight: 400; }
th.left, td.left { text-align: left; } td.long { white-space: normal; min-width: 12rem; overflow-wrap: anywhere; vertical-align: top; }
td.share { background: color-mix(in srgb, var(--s2) calc(var(--share) * 45%), transparent); }
details { margin-top: .6rem; } summary { cursor: pointer; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .2rem 0 .4rem; padding: 0; list-style: none; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: .35rem; } .legend svg { width: 14px; height: 14px; }
text { fill: var(--text); font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; } text.tick { fill: var(--soft); }
text.name { font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: 1; } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.range { stroke-width: 4; stroke-linecap: round; opacity: .4; } .range.thin { stroke-width: 3; opacity: .3; }
.mark { stroke: var(--card); stroke-width: 1.5; }
${[0, 1, 2, 3, 4].map((series) => `.line.series-${series}, .range.series-${series} { stroke: var(--s${series}); } .mark.series-${series} { fill: var(--s${series}); }`).join('\n')}
`;
