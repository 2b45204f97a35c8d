/** The page's style sheet. Pictures stand on white cards in both colour schemes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #ffffff; --ink: #1f2933; --muted: #55616d; --rule: #d9dee3; --accent: #005a94;
  --warn: #fff4dd; --warn-rule: #d99a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181c; --card: #1d2329; --ink: #e6eaee; --muted: #a3aeb9; --rule: #38414a; --accent: #7fb8e6;
    --warn: #352b14; --warn-rule: #d99a00;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, Helvetica, Arial, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.3rem; margin: 48px 0 8px; }
h3 { font-size: 1rem; margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 75ch; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .92em; overflow-wrap: anywhere; }
.muted, figcaption, caption { color: var(--muted); }
.grid { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); margin: 16px 0; }
.facts { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); margin: 24px 0; padding: 0; }
.card, .facts > div { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; min-width: 0; }
.facts dt { color: var(--muted); font-size: .87rem; }
.facts dd { margin: 0; }
.facts .value { font-size: 1.5rem; font-weight: 650; line-height: 1.3; }
.facts .detail { color: var(--muted); font-size: .87rem; }
.pairs { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; }
.pairs dt { color: var(--muted); }
.pairs dd { margin: 0; overflow-wrap: anywhere; }
.note { background: var(--warn); border-left: 4px solid var(--warn-rule); border-radius: 6px; padding: 12px 16px; margin: 16px 0; }
.note p:last-child, .card > :last-child { margin-bottom: 0; }
ul { margin: 0; padding-left: 20px; }
figure { margin: 0; min-width: 0; }
figure.row { grid-column: 1 / -1; }
.picture { background: #ffffff; border: 1px solid var(--rule); border-radius: 10px; padding: 6px; overflow-x: auto; text-align: center; }
.picture svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
figcaption { font-size: .9rem; padding: 8px 4px 0; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: min(100%, 480px); }
caption { text-align: left; padding-bottom: 6px; font-size: .9rem; }
th, td { padding: 7px 16px 7px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: baseline; }
thead th { color: var(--muted); font-weight: 600; font-size: .87rem; white-space: nowrap; }
tbody th { font-weight: 550; }
.number { text-align: right; white-space: nowrap; }
details { margin: 10px 0; }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 560px) {
  .picture.wide svg { max-width: none; width: 500px; }
  .row svg { max-width: none; width: 900px; }
  table { font-size: .87rem; min-width: 0; }
  th, td { padding-right: 12px; }
  thead th { white-space: normal; vertical-align: bottom; font-size: .82rem; }
}
`;
