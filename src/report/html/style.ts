/**
How the report looks: light and dark, on a narrow screen and on paper. No colour says anything alone.

Contrast of every text to its ground is at least 4.5 to 1 in both schemes.
*/
export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2127;--quiet:#5a6470;--line:#d5dae0;--ground:#f4f6f8;--good:#17663a;--bad:#a8201a;--doubt:#7a4b00;--busy:#1f5aa6;--heard:#3b8f5f;--silent:#c0392b;--silent-ground:#f6d9d5;--link:#1a56a8}
@media screen and (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e9ed;--quiet:#a3adb8;--line:#353c45;--ground:#1e2329;--good:#6fce95;--bad:#ff8f85;--doubt:#f0b95a;--busy:#86b7ff;--heard:#4fae79;--silent:#ff7b6e;--silent-ground:#4a2522;--link:#86b7ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.5rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
a{color:var(--link)}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .6rem}
h2{font-size:1.35rem;margin:2.6rem 0 .7rem;padding-top:.5rem;border-top:2px solid var(--ink)}
h3,h4,h5,h6{font-size:1.1rem;margin:1.6rem 0 .5rem}
p{margin:.5rem 0}
.kind{color:var(--quiet);margin:0;font-size:.95rem}
.warning{border:2px solid var(--doubt);padding:.5rem .8rem;font-weight:600}
.verdict{font-size:1.15rem;font-weight:600;margin:1rem 0}
.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}.busy{color:var(--busy)}.quiet{color:var(--quiet)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:.8rem 0}
dt{color:var(--quiet)}dd{margin:0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:1rem 0}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
table.hosts{table-layout:fixed}.hosts th:nth-child(1){width:9rem}.hosts th:nth-child(2){width:8rem}.hosts th:nth-child(3){width:6rem}.hosts th:nth-child(4){width:5rem}.hosts th:nth-child(5){padding-left:1.2rem}.hosts td:nth-child(5){padding-left:1.2rem}
thead th{color:var(--quiet);font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wide{overflow-x:auto}
pre,code{font-family:ui-monospace,"Cascadia Mono","DejaVu Sans Mono",Consolas,monospace;font-size:.86rem}
pre{background:var(--ground);border:1px solid var(--line);padding:.5rem .7rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}
code{background:var(--ground);padding:.05rem .25rem}
blockquote{margin:.6rem 0;padding:.1rem .9rem;border-left:4px solid var(--line);color:var(--quiet)}
article{border-left:4px solid var(--line);padding:.1rem 0 .1rem 1rem;margin:1.1rem 0}
article.good{border-color:var(--good)}article.bad{border-color:var(--bad)}article.doubt{border-color:var(--doubt)}
article>*{color:var(--ink)}
article h4,article h5,article h6{margin:.2rem 0}
.sign{display:inline-block;width:1.3em}
.meta{color:var(--quiet);font-size:.86rem;margin:0}
.gate{border:1px solid var(--doubt);padding:.3rem .7rem;margin:.6rem 0}
.gate.danger{border:2px solid var(--bad)}
figure{margin:.8rem 0}
figure img{max-width:100%;max-height:24rem;border:1px solid var(--line)}
figcaption{color:var(--quiet);font-size:.88rem}
details{margin:.4rem 0}
summary{cursor:pointer}
svg{width:100%;height:auto;display:block;margin:.6rem 0;font:13px system-ui,sans-serif}
svg text{fill:var(--ink)}
svg .name{text-anchor:end}
svg .heard{fill:var(--heard)}
svg .silent{fill:var(--silent)}svg .silent-ground{fill:var(--silent-ground)}svg .silent-edge{stroke:var(--silent)}
svg .unknown{fill:none;stroke:var(--line)}
svg .deed{stroke:var(--ink);stroke-dasharray:2 3}
svg .tick{stroke:var(--quiet)}
svg .tick-words{fill:var(--quiet);text-anchor:middle;font-size:12px}
svg .tick-words.first{text-anchor:start}
svg .late{text-anchor:end}
svg .span path{stroke:var(--ink);stroke-width:1.6;fill:none}
svg .over path{stroke:var(--bad)}svg .over text{fill:var(--bad)}
svg .span path.limit{stroke-dasharray:3 2}
svg .lane{stroke:var(--line)}
svg .bar{fill:var(--busy)}svg .bar.good{fill:var(--heard)}svg .bar.bad{fill:var(--silent)}svg .bar.doubt{fill:var(--doubt)}svg .bar.quiet{fill:var(--quiet)}
svg .earlier{stroke:var(--ink);stroke-width:2}
svg .cut{stroke:var(--quiet);fill:none;stroke-dasharray:4 3}
.sign-here{display:grid;grid-template-columns:1fr 1fr;gap:2.5rem;margin:2rem 0}
.sign-here p{border-top:1px solid var(--ink);padding-top:.3rem;margin-top:3.5rem;color:var(--quiet)}
.hash{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.84rem;overflow-wrap:anywhere}
@media (max-width:40rem){body{padding:1rem .8rem}dl{grid-template-columns:1fr}dt{margin-top:.4rem}.sign-here{grid-template-columns:1fr}}
@media print{:root{color-scheme:light}@page{margin:16mm 14mm 18mm}body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}h2,h3,h4,h5,h6{break-after:avoid}tr,figure,svg,.gate,.sign-here{break-inside:avoid}.wide{overflow:visible}a{color:inherit;text-decoration:none}details::details-content{content-visibility:visible;display:block}}
`;
